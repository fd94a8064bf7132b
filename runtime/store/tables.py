"""The tables. Instants are BIGINT microseconds since 1970 UTC (`…_at`); ids are time-ordered
texts (`new_id`);
JSON is text written by orjson (`…_json`), parsed where it is needed and never by the database on
hot paths."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(40)
Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself


def _id() -> Column[str]:
    return Column("id", Id, primary_key=True)


def _workspace() -> Column[str]:
    return Column("workspace", Id, ForeignKey("workspace.id"), nullable=False)


def _at(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _json(name: str, *, nullable: bool = False, default: str | None = "{}") -> Column[str]:
    return Column(name, Text, nullable=nullable, server_default=None if nullable else default)


# --- Who -------------------------------------------------------------------------------------

workspace = Table(
    "workspace",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    _json(
        "settings_json"
    ),  # {"opt_in": bool, "sender": {"name", "email"}, "ai": credential, "smtp": credential}
    Column(
        "live_rev", BigInteger, nullable=False, server_default="0"
    ),  # grows with each publish, pause, resume
    Column(
        "last_at", BigInteger, nullable=False, server_default="0"
    ),  # last committed engine instant (SQLite's clock)
    # the worker that routes its flood of events while others want their turn, and until when
    Column("flood_by", Id, nullable=True),
    Column("flood_until", BigInteger, nullable=False, server_default="0"),
    _at("created_at"),
)
person = Table(
    "person",
    metadata,
    _id(),
    _workspace(),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("role", String(16), nullable=False),
    _at("created_at"),
    UniqueConstraint("email"),
)
session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person", Id, ForeignKey("person.id"), nullable=False),
    _at("created_at"),
    _at("expires_at"),
)
setup_link = Table(
    "setup_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _at("created_at"),
    _at("used_at", nullable=True),
)
api_key = Table(
    "api_key",
    metadata,
    _id(),
    _workspace(),
    Column("kind", String(8), nullable=False),  # manage | write
    Column("name", Text, nullable=False, server_default=""),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("hint", String(16), nullable=False),
    _at("created_at"),
    _at("revoked_at", nullable=True),
)
credential = Table(
    "credential",
    metadata,
    _id(),
    _workspace(),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),  # smtp | ai | http | hook
    Column("sealed", LargeBinary, nullable=False),
    _json("hosts_json", default="[]"),
    _at("created_at"),
    _at("updated_at"),
    UniqueConstraint("workspace", "name"),
)

# --- What is designed ------------------------------------------------------------------------

journey = Table(
    "journey",
    metadata,
    _id(),
    _workspace(),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    _json("draft_json"),
    Column("draft_rev", BigInteger, nullable=False, server_default="1"),
    _at("draft_at"),
    Column("state", String(8), nullable=False, server_default="draft"),  # draft | live | paused
    Column("live_version", Id, nullable=True),  # set while live or paused
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    _at("created_at"),
    _at("deleted_at", nullable=True),
    UniqueConstraint("workspace", "slug"),
)
journey_version = Table(
    "journey_version",
    metadata,
    _id(),
    _workspace(),
    Column("journey", Id, ForeignKey("journey.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    _json("document_json"),
    _at("published_at"),
    Column("published_by", Text, nullable=True),
    UniqueConstraint("journey", "number"),
)
# every accepted batch of edits of a draft; from the last row with the whole document on, each state
# of it can be made again
draft_edit = Table(
    "draft_edit",
    metadata,
    Column("journey", Id, ForeignKey("journey.id"), nullable=False),
    Column("rev", BigInteger, nullable=False),  # what the draft became by it
    _workspace(),
    _at("at"),
    Column("person", Id, nullable=True),  # null: a command or a key
    Column("name", Text, nullable=False),
    Column(
        "client", String(64), nullable=True
    ),  # one open editor, and the number it gave the batch
    Column("seq", BigInteger, nullable=True),
    Column("base", BigInteger, nullable=False),  # the revision that the person saw
    Column("label", Text, nullable=False),
    _json("ops_json", default="[]"),
    _json("document_json", nullable=True),
    UniqueConstraint("journey", "rev"),
    UniqueConstraint("journey", "client", "seq"),
)
presence = Table(  # who has a draft open now; who has not been heard of for a while is gone
    "presence",
    metadata,
    Column("journey", Id, ForeignKey("journey.id"), nullable=False),
    Column("client", String(64), nullable=False),
    _workspace(),
    Column("person", Id, nullable=True),
    Column("name", Text, nullable=False),
    Column("color", Integer, nullable=False),
    _json("state_json"),  # {selection, cursor, field}
    _at("at"),
    UniqueConstraint("journey", "client"),
)
hook = Table(  # a webhook trigger's address; it stays the same over versions
    "hook",
    metadata,
    Column("token", String(64), primary_key=True),
    _workspace(),
    Column("journey", Id, ForeignKey("journey.id"), nullable=False),
    Column("node", Text, nullable=False),
    _at("created_at"),
    UniqueConstraint("journey", "node"),
)

# --- Who it is about -------------------------------------------------------------------------

customer = Table(
    "customer",
    metadata,
    _id(),
    _workspace(),
    Column("external_id", Text, nullable=True),
    Column("email", Text, nullable=True),
    _json("attributes_json"),
    _json("consent_json"),
    _json("segments_json", default="[]"),
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    _at("created_at"),
    _at("updated_at"),
    UniqueConstraint("workspace", "external_id"),
    Index("ix_customer_workspace_email", "workspace", "email"),
)
identity = Table(  # every name a customer is known by; alias adds rows
    "identity",
    metadata,
    _workspace(),
    Column("kind", String(12), nullable=False),  # id | email | anonymous
    Column("value", Text, nullable=False),
    Column("customer", Id, ForeignKey("customer.id"), nullable=False),
    UniqueConstraint("workspace", "kind", "value"),
    Index(None, "customer"),
)

# --- What happens ----------------------------------------------------------------------------

event = Table(
    "event",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", Id, nullable=False, unique=True),
    _workspace(),
    Column(
        "source", Text, nullable=False
    ),  # hook:<token> | track | api | studio | schedule:<id> | sample
    Column("external_id", Text, nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column(
        "kind", String(10), nullable=False, server_default="track"
    ),  # track | identify | group | alias | page | screen
    Column("name", Text, nullable=False),
    _json(
        "who_json", nullable=True
    ),  # {"id"?, "email"?, "anonymous"?, "any"?}: resolved when routed; null: no customer
    Column("customer", Id, nullable=True),
    _json("properties_json"),
    Column("target", Id, nullable=True),  # a journey's id: only this journey's triggers may start
    Column("target_node", Text, nullable=True),
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    _at("at"),
    _at("received_at"),
    _at("routed_at", nullable=True),
    _json(
        "outcome_json", nullable=True
    ),  # one entry for each matching journey: {"journey", "run"? , "skipped"?}
    UniqueConstraint("workspace", "source", "external_id"),
    Index(
        "ix_event_unrouted",
        "workspace",
        "seq",
        sqlite_where=text("routed_at IS NULL"),
        postgresql_where=text("routed_at IS NULL"),
    ),
    Index(
        "ix_event_customer",
        "customer",
        "seq",
        sqlite_where=text("customer IS NOT NULL"),
        postgresql_where=text("customer IS NOT NULL"),
    ),
)
run = Table(
    "run",
    metadata,
    _id(),
    _workspace(),
    Column("journey", Id, nullable=False),
    Column("version", Id, nullable=False),
    Column("event", Id, nullable=False),
    Column("customer", Id, nullable=True),
    Column("entry_key", Text, nullable=False, server_default=""),
    Column("trigger", Text, nullable=False),
    Column(
        "status", String(10), nullable=False, server_default="running"
    ),  # running waiting completed exited failed
    Column("reason", Text, nullable=True),
    _json("state_json"),  # the engine's RunState
    Column(
        "wake_at", BigInteger, nullable=True
    ),  # due when <= now; null: nothing is due by itself (or ended)
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("lease_until", BigInteger, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),  # claims since the last commit
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    _at("started_at"),
    _at("ended_at", nullable=True),
    _at("goal_at", nullable=True),
    UniqueConstraint("workspace", "journey", "event"),
    Index(
        "ix_run_due",
        "workspace",
        "wake_at",
        sqlite_where=text("wake_at IS NOT NULL"),
        postgresql_where=text("wake_at IS NOT NULL"),
    ),
    Index("ix_run_customer", "customer", "started_at"),
    Index(
        "ix_run_open",
        "customer",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
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
    _at("last_at"),
    Column("open", Boolean, nullable=False),
    UniqueConstraint("journey", "customer", "key"),
)
signal = Table(  # a run's inbox; rows go in the commit that consumed them
    "signal",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("run", Id, nullable=False),
    Column("kind", String(10), nullable=False),  # event | decision | answer | cancel | retry
    _json("body_json"),
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
    _at("deadline_at", nullable=True),
    Column("event", Text, nullable=True),
    _at("since_at"),
    UniqueConstraint("run", "token", "node", "visit"),
    Index(None, "journey", "node"),
)
approval = Table(
    "approval",
    metadata,
    _id(),
    _workspace(),
    Column("run", Id, ForeignKey("run.id"), nullable=False),
    Column("token", Integer, nullable=False),
    Column("node", Text, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("journey", Id, nullable=False),
    Column("customer", Id, nullable=True),
    _json("ask_json"),  # {of, draft, by}
    Column(
        "state", String(10), nullable=False, server_default="open"
    ),  # open approved rejected expired cancelled
    _json("decision_json", nullable=True),
    _at("created_at"),
    _at("expires_at", nullable=True),
    _at("decided_at", nullable=True),
    UniqueConstraint("run", "token", "node", "visit"),
    Index(None, "workspace", "state", "created_at"),
)
outbox = Table(
    "outbox",
    metadata,
    Column("key", Text, primary_key=True),  # run:token:node:visit
    _workspace(),
    Column("run", Id, ForeignKey("run.id"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("once", Boolean, nullable=False),
    Column("credential", Text, nullable=True),
    Column("body", LargeBinary, nullable=False),  # frozen, without credentials
    _json("retry_json"),
    Column(
        "state", String(8), nullable=False, server_default="pending"
    ),  # pending sending done dead unknown dropped
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", BigInteger, nullable=True),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("lease_until", BigInteger, nullable=False, server_default="0"),
    _json("answer_json", nullable=True),
    _at("created_at"),
    _at("done_at", nullable=True),
    # a person asked for this send: it goes out though its run has ended
    _at("asked_at", nullable=True),
    Index(
        "ix_outbox_due",
        "workspace",
        "next_at",
        sqlite_where=text("next_at IS NOT NULL"),
        postgresql_where=text("next_at IS NOT NULL"),
    ),
    Index(None, "run"),
)
dead_letter = Table(
    "dead_letter",
    metadata,
    _id(),
    _workspace(),
    Column("kind", String(8), nullable=False),  # run | effect | event
    Column("ref", Text, nullable=False),
    Column("reason", Text, nullable=False),
    _at("created_at"),
    _at("resolved_at", nullable=True),
    UniqueConstraint("kind", "ref"),
    Index(
        "ix_dead_letter_open",
        "workspace",
        "created_at",
        sqlite_where=text("resolved_at IS NULL"),
        postgresql_where=text("resolved_at IS NULL"),
    ),
)
message = Table(  # the built-in mailbox, and a copy of what was sent by SMTP
    "message",
    metadata,
    _id(),
    _workspace(),
    Column("key", Text, nullable=False, unique=True),  # the effect's key
    Column("run", Id, nullable=True),
    Column("customer", Id, nullable=True),
    Column("to", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=True),
    Column("message_id", Text, nullable=False),
    Column("via", String(8), nullable=False),  # mailbox | smtp
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    _at("created_at"),
    Index(None, "workspace", "created_at"),
)
task = Table(
    "task",
    metadata,
    _id(),
    _workspace(),
    Column("run", Id, nullable=True),
    Column("customer", Id, nullable=True),
    Column("key", Text, nullable=False, unique=True),  # run:token:node:visit
    Column("title", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("assignee", Text, nullable=True),
    _at("due_at", nullable=True),
    _at("created_at"),
    _at("done_at", nullable=True),
    Index(None, "run"),
)
schedule = Table(
    "schedule",
    metadata,
    _id(),
    _workspace(),
    Column("journey", Id, nullable=False),
    Column("node", Text, nullable=False),
    Column("cron", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("segment", Text, nullable=True),
    _at("next_at"),
    Column("cursor", Text, nullable=True),  # the last customer of a fan-out under way
    # what becomes of firings that were missed: latest | all | skip
    Column("missed", String(8), nullable=False, server_default="latest"),
    UniqueConstraint("journey", "node"),
    Index(None, "next_at"),
)
schedule_fire = Table(
    "schedule_fire",
    metadata,
    Column("schedule", Id, nullable=False),
    Column("nominal", String(32), nullable=False),
    _at("at"),
    UniqueConstraint("schedule", "nominal"),
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
# long work that goes by small transactions: erasing a customer, keeping to the retention rule
chore = Table(
    "chore",
    metadata,
    _id(),
    _workspace(),
    Column("kind", String(8), nullable=False),  # erase | retain
    Column("ref", Text, nullable=False),  # erase: the customer; retain: empty
    _json("state_json"),  # how far it has come
    Column("next_at", BigInteger, nullable=True),  # due when <= now; null: done
    _at("created_at"),
    _at("done_at", nullable=True),
    UniqueConstraint("kind", "workspace", "ref"),
    Index(
        "ix_chore_due",
        "next_at",
        sqlite_where=text("next_at IS NOT NULL"),
        postgresql_where=text("next_at IS NOT NULL"),
    ),
)
erased = Table(  # who was erased, by hashes of their names: a backup brought back erases them again
    "erased",
    metadata,
    _workspace(),
    Column("digest", String(64), nullable=False),
    _at("at"),
    UniqueConstraint("workspace", "digest"),
)
audit = Table(
    "audit",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    _workspace(),
    _at("at"),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("of", Text, nullable=False),
    _json("detail_json"),
    Column("chain", LargeBinary, nullable=False),  # SHA-256 over the previous chain and this row
)
bucket = Table(  # when a provider's allowance will be full again; rates stand in the settings
    "bucket",
    metadata,
    _workspace(),
    Column("provider", Text, nullable=False),
    _at("full_at"),
    UniqueConstraint("workspace", "provider"),
)
held = Table(  # providers that asked for a pause, or that failed again and again
    "held",
    metadata,
    _workspace(),
    Column("provider", Text, nullable=False),
    _at("until_at"),
    Column("failures", Integer, nullable=False),  # in a row; 0: it asked for a pause itself
    Column("pause_us", BigInteger, nullable=False),  # how long the next pause will be
    UniqueConstraint("workspace", "provider"),
)
