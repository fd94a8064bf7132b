"""The engine's deterministic simulator: the real code of the workers and the intake on an in-memory
SQLite, in one thread, on a virtual clock. A seed chooses who goes next and what breaks.

`python -m tests.interleave --seeds 500 --first 1` runs seeds and prints the first that breaks an
invariant; `--seeds 1 --first SEED --trace` tells its whole story, always with the same bytes.
docs/testing.md explains it.

| module | holds |
| --- | --- |
| hub | virtual time, virtual processes (greenlets) and their death |
| loop | an asyncio event loop on that time |
| store | the database, and what can happen at each transaction |
| provider | the outside and its book |
| weather | what breaks how often, by seed |
| business | the journeys, and what must have become of them |
| actors | workers, the intake, senders, people |
| check | the invariants |
| mutations | defences taken away on purpose |
"""
