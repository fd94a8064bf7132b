"""What RQ writes about a job, in three scripts: one trip to Redis to ring, one to begin, one to
end.

RQ itself takes about thirty trips for a job, some milliseconds of CPU in three processes. These
leave the same keys and fields behind, so that `rq info` and RQ's own classes read them
(tests/queue/test_bookkeeping.py holds them to that), and nothing else: no result is kept of a job
that has none, and expired entries go as new ones come.
"""

from __future__ import annotations

# Chooses whom to wake: an idle worker with an empty queue, else a busy one with an empty queue,
# else nobody, because every worker that lives has a wake-up waiting already. Who has just taken a
# wake-up (it stands in the intermediate queue) is as good as busy. A name in ARGV[3] leaves no
# choice.
RING = """
local prefix, worker = ARGV[1], ARGV[3]
if worker == '' then
  local now = tonumber(redis.call('TIME')[1])
  local spare = false
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now - tonumber(ARGV[2]), '+inf')) do
    if redis.call('LLEN', prefix .. ':queue:' .. name) == 0 then
      if redis.call('HGET', prefix .. ':worker:' .. name, 'state') == 'idle'
        and redis.call('LLEN', prefix .. ':queue:' .. name .. ':intermediate') == 0 then
        worker = name
        break
      end
      spare = spare or name
    end
  end
  if worker == '' then worker = spare end
end
if not worker then return false end
local job, queue = prefix .. ':job:' .. ARGV[4], prefix .. ':queue:' .. worker
redis.call('HSET', job, 'origin', worker, 'status', 'queued', 'created_at', ARGV[5],
  'enqueued_at', ARGV[5], unpack(ARGV, 7))
redis.call('EXPIRE', job, ARGV[6])
redis.call('SADD', prefix .. ':queues', queue)
redis.call('RPUSH', queue, ARGV[4])
return worker
"""

# Marks a job as begun when its data is a wake-up's, byte for byte, and says whether; then also
# whether Redis still knows the worker.
BEGIN = """
local prefix, worker, id, execution = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local job, me = prefix .. ':job:' .. id, prefix .. ':worker:' .. worker
if redis.call('HGET', job, 'data') ~= ARGV[5] then return {0, 1} end
local known = redis.call('HEXISTS', me, 'birth')
local both = id .. ':' .. execution
redis.call('LREM', prefix .. ':queue:' .. worker .. ':intermediate', 1, id)
redis.call('HSET', job, 'status', 'started', 'started_at', ARGV[6], 'last_heartbeat', ARGV[6],
  'worker_name', worker)
redis.call('EXPIRE', job, ARGV[8])
redis.call('HSET', prefix .. ':execution:' .. both, 'id', execution, 'job_id', id,
  'created_at', ARGV[7], 'last_heartbeat', ARGV[7], 'worker_name', worker)
redis.call('EXPIRE', prefix .. ':execution:' .. both, ARGV[8])
redis.call('ZADD', prefix .. ':executions:' .. id, ARGV[7] + ARGV[8], execution)
redis.call('EXPIRE', prefix .. ':executions:' .. id, ARGV[8])
redis.call('ZADD', prefix .. ':wip:' .. worker, ARGV[7] + ARGV[8], both)
redis.call('SADD', me .. ':executions', both)
redis.call('EXPIRE', me .. ':executions', ARGV[8])
redis.call('HSET', me, 'state', 'busy', 'last_heartbeat', ARGV[6])
redis.call('EXPIRE', me, ARGV[8])
return {1, known}
"""

# Marks it as ended: ARGV[7] is `finished` or `failed`, ARGV[8] the counter, ARGV[9] the seconds for
# which the job is kept, ARGV[10] those that it took. Says whether Redis still knows the worker.
END = """
local prefix, worker, id, execution = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local job, me = prefix .. ':job:' .. id, prefix .. ':worker:' .. worker
local both, registry = id .. ':' .. execution, prefix .. ':' .. ARGV[7] .. ':' .. worker
local known = redis.call('HEXISTS', me, 'birth')
redis.call('DEL', prefix .. ':execution:' .. both, prefix .. ':executions:' .. id)
redis.call('ZREM', prefix .. ':wip:' .. worker, both)
redis.call('SREM', me .. ':executions', both)
if redis.call('EXISTS', job) == 1 then
  redis.call('HSET', job, 'status', ARGV[7], 'ended_at', ARGV[5], 'last_heartbeat', ARGV[5])
  redis.call('EXPIRE', job, ARGV[9])
  redis.call('ZREMRANGEBYSCORE', registry, '-inf', ARGV[6])
  redis.call('ZADD', registry, ARGV[6] + ARGV[9], id)
end
redis.call('HINCRBY', me, ARGV[8], 1)
redis.call('HINCRBYFLOAT', me, 'total_working_time', ARGV[10])
redis.call('HSET', me, 'state', 'idle', 'last_heartbeat', ARGV[5])
redis.call('EXPIRE', me, ARGV[11])
return known
"""
