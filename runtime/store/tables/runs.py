"""What happens: events, the runs that they start, and what a run has done and waits for."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from runtime.store.tables.columns import (
    Id,
    Serial,
    at,
    index_where,
    json_text,
    metadata,
    of_workspace,
    own_id,
)

event = Table(
    "event",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", Id, nullable=False, unique=True),
    of_workspace(),
    # hook:<token> | track | api | studio | schedule:<id> | sample
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    # track | identify | group | alias | page | screen
    Column("kind", String(10), nullable=False, server_default="track"),
    Column("name", Text, nullable=False),
    # {"id"?, "email"?, "anonymous"?, "any"?}: resolved when routed; null: no customer
    json_text("who_json", nullable=True),
    Column("customer", Id, nullable=True),
    json_text("properties_json"),
    Column("target", Id, nullable=True),  # a journey's id: only this journey's triggers may start
    Column("target_node", Text, nullable=True),
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    at("at"),
    at("received_at"),
    at("routed_at", nullable=True),
    # one entry for each matching journey: {"journey", "run"? , "skipped"?}
    json_text("outcome_json", nullable=True),
    UniqueConstraint("workspace", "source", "external_id"),
    index_where("routed_at IS NULL", "ix_event_unrouted", "workspace", "seq"),
    index_where("customer IS NOT NULL", "ix_event_customer", "customer", "seq"),
)
run = Table(
    "run",
    metadata,
    own_id(),
    of_workspace(),
    Column("journey", Id, nullable=False),
    Column("version", Id, nullable=False),
    Column("event", Id, nullable=False),
    Column("customer", Id, nullable=True),
    Column("entry_key", Text, nullable=False, server_default=""),
    Column("trigger", Text, nullable=False),
    # running waiting completed exited failed
    Column("status", String(10), nullable=False, server_default="running"),
    Column("reason", Text, nullable=True),
    json_text("state_json"),  # the engine's RunState
    # due when <= now; null: nothing is due by itself (or ended)
    Column("wake_at", BigInteger, nullable=True),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("lease_until", BigInteger, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),  # claims since the last commit
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    at("started_at"),
    at("ended_at", nullable=True),
    at("goal_at", nullable=True),
    UniqueConstraint("workspace", "journey", "event"),
    index_where("wake_at IS NOT NULL", "ix_run_due", "workspace", "wake_at"),
    Index("ix_run_customer", "customer", "started_at"),
    index_where("ended_at IS NULL", "ix_run_open", "customer"),
    Index("ix_run_journey", "journey", "status", "started_at"),
)
# the steps of a run, one row for each commit that made some; (run, fence) keeps a stale writer out
journal = Table(
    "journal",
    metadata,
    Column("run", Id, ForeignKey("run.id"), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("steps_json", Text, nullable=False),
    UniqueConstraint("run", "fence"),
)
entry = Table(  # the reentry rule's memory
    "entry",
    metadata,
    Column("journey", Id, nullable=False),
    Column("customer", Id, nullable=False),
    Column("key", Text, nullable=False),
    Column("run", Id, nullable=False),
    at("last_at"),
    Column("open", Boolean, nullable=False),
    UniqueConstraint("journey", "customer", "key"),
)
signal = Table(  # a run's inbox; rows go in the commit that consumed them
    "signal",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("run", Id, nullable=False),
    Column("kind", String(10), nullable=False),  # event | decision | answer | cancel | retry
    json_text("body_json"),
    Index(None, "run", "seq"),
)
# what a token waits for; the truth is in the run's state, this is what people and queries read
timer = Table(
    "timer",
    metadata,
    Column("run", Id, ForeignKey("run.id"), nullable=False),
    Column("token", Integer, nullable=False),
    Column("node", Text, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("journey", Id, nullable=False),
    Column("kind", String(10), nullable=False),  # time | event | approval | effect
    at("deadline_at", nullable=True),
    Column("event", Text, nullable=True),
    at("since_at"),
    UniqueConstraint("run", "token", "node", "visit"),
    Index(None, "journey", "node"),
)
approval = Table(
    "approval",
    metadata,
    own_id(),
    of_workspace(),
    Column("run", Id, ForeignKey("run.id"), nullable=False),
    Column("token", Integer, nullable=False),
    Column("node", Text, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("journey", Id, nullable=False),
    Column("customer", Id, nullable=True),
    json_text("ask_json"),  # {of, draft, by}
    # open approved rejected expired cancelled
    Column("state", String(10), nullable=False, server_default="open"),
    json_text("decision_json", nullable=True),
    at("created_at"),
    at("expires_at", nullable=True),
    at("decided_at", nullable=True),
    UniqueConstraint("run", "token", "node", "visit"),
    Index(None, "workspace", "state", "created_at"),
)
# how many left each node by each handle; "in" counts arrivals, and "goal" of the node "" the runs
# that have reached the goal
counter = Table(
    "counter",
    metadata,
    Column("version", Id, nullable=False),
    Column("node", Text, nullable=False),
    Column("handle", Text, nullable=False),
    Column("n", BigInteger, nullable=False),
    UniqueConstraint("version", "node", "handle"),
)
