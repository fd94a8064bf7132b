"""What the management API's operations do. Each takes a `Call`, runs in a thread, and gives plain
JSON values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

import orjson

from runtime.facade import shapes
from runtime.ingest.problems import Refusal
from runtime.journey.slugs import slugify
from runtime.store import lists
from runtime.store.clock import rfc3339, to_us
from runtime.store.intake import Incoming, Receipt

if TYPE_CHECKING:
    from runtime.facade import Studio
    from runtime.store.database import Database

PAGE = 50
SOURCE = "api"


class AcceptsNow(Protocol):
    """The part of `runtime.store.intake.Intake` that is used here."""

    def accept_now(self, incoming: Incoming | Sequence[Incoming]) -> list[Receipt]: ...


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request: the studio of the key's workspace, and what was asked."""

    open_studio: Callable[[], Studio]
    database: Database
    intake: AcceptsNow
    workspace: str
    params: Mapping[str, str]
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    body: Any = None

    @property
    def studio(self) -> Studio:
        """The facade of the key's workspace."""
        return self.open_studio()

    @property
    def page(self) -> int:
        """The page asked for, from 0."""
        return int(self.query.get("page", 0))


# --- Shapes that only the API has --------------------------------------------------------------


class Journeys(TypedDict):
    journeys: list[shapes.JourneyRow]


class Saved(TypedDict):
    """`problems` are the draft's; a draft is kept with them, publishing refuses errors."""

    slug: str
    rev: int
    problems: list[shapes.ProblemShape]


class State(TypedDict):
    slug: str
    state: shapes.JourneyState


class Versions(TypedDict):
    versions: list[shapes.VersionShape]


class VersionDocument(TypedDict):
    number: int
    hash: str
    published_at: str
    published_by: str | None
    document: shapes.Document


class Runs(TypedDict):
    runs: list[shapes.RunRow]
    page: int


class Approvals(TypedDict):
    approvals: list[shapes.ApprovalRow]


class Events(TypedDict):
    events: list[shapes.EventShape]
    page: int


class Accepted(TypedDict):
    """`GET /api/events/{id}` tells what became of it."""

    event_id: str


# --- Journeys ----------------------------------------------------------------------------------


def list_journeys(call: Call) -> Journeys:
    return {"journeys": call.studio.journeys()}


def get_journey(call: Call) -> shapes.JourneyShape:
    return call.studio.journey(call.params["slug"])


def create_journey(call: Call) -> Saved:
    return _saved(call, call.studio.new_journey(str(call.body.get("name") or ""), call.body))


def put_draft(call: Call) -> Saved:
    slug = call.params["slug"]
    if slug != slugify(slug):
        raise Refusal("invalid", f"A journey's address is a slug: use {slugify(slug)!r}.")
    return _saved(call, call.studio.save_draft(slug, call.body))


def _saved(call: Call, slug: str) -> Saved:
    made = call.studio.journey(slug)
    return {"slug": slug, "rev": made["rev"], "problems": made["problems"]}


def publish(call: Call) -> shapes.PublishResult:
    return call.studio.publish(call.params["slug"])


def pause(call: Call) -> State:
    call.studio.pause_journey(call.params["slug"])
    return _state(call)


def resume(call: Call) -> State:
    call.studio.resume_journey(call.params["slug"])
    return _state(call)


def _state(call: Call) -> State:
    found = call.studio.journey(call.params["slug"])
    return {"slug": found["slug"], "state": found["state"]}


def list_versions(call: Call) -> Versions:
    return {"versions": call.studio.journey(call.params["slug"])["versions"]}


def get_version(call: Call) -> VersionDocument:
    slug, number = call.params["slug"], call.params["number"]
    found = None
    if number.isascii() and number.isdigit() and len(number) < 10:
        with call.database.read() as conn:
            found = lists.version(conn, call.workspace, slug, int(number))
    if found is None:
        raise Refusal("not-found", "There is no such journey or version.")
    return {
        "number": int(number),
        "hash": found[1],
        "published_at": rfc3339(found[2]),
        "published_by": found[3],
        "document": orjson.loads(found[0]),
    }


# --- Runs and approvals ------------------------------------------------------------------------


def list_runs(call: Call) -> Runs:
    customer = call.query.get("customer")
    found: list[shapes.RunRow] = []
    if customer is None or (customer := _customer_id(call, customer)) is not None:
        found = call.studio.runs(
            journey=call.query.get("journey"),
            customer=customer,
            status=call.query.get("status"),
            page=call.page,
        )
    return {"runs": found, "page": call.page}


def get_run(call: Call) -> shapes.RunShape:
    return call.studio.run(call.params["id"])


def cancel_run(call: Call) -> shapes.Cancelled:
    return call.studio.cancel_run(call.params["id"])


def retry_run(call: Call) -> shapes.Retried:
    return call.studio.retry_run(call.params["id"])


def list_approvals(call: Call) -> Approvals:
    return {"approvals": call.studio.approvals(call.query.get("state", "open"))}


def get_approval(call: Call) -> shapes.ApprovalShape:
    return call.studio.approval(call.params["id"])


def decide(call: Call) -> shapes.ApprovalShape:
    asked = call.body
    return call.studio.decide(
        call.params["id"], asked["decision"], asked.get("text"), by=asked.get("by")
    )


# --- Customers ---------------------------------------------------------------------------------


def list_customers(call: Call) -> shapes.CustomerPage:
    return call.studio.customers(call.query.get("search", ""), call.page)


def get_customer(call: Call) -> shapes.CustomerShape:
    found = _customer_id(call, call.params["id"])
    if found is None:
        raise Refusal("not-found", "There is no such customer.")
    return call.studio.customer(found)


def erase_customer(call: Call) -> shapes.Erased:
    return call.studio.erase_customer(call.params["id"])


def put_customer(call: Call) -> Accepted:
    """As an identify event, so that it stands in one order with whatever else the customer does."""
    said = call.body
    traits: dict[str, Any] = dict(said.get("attributes") or {})
    if said.get("consent"):
        traits["consent"] = said["consent"]
    if said.get("segments") is not None:
        traits["segments"] = said["segments"]
    who = _who(call, call.params["id"])
    return _accept(
        call, Incoming(call.workspace, SOURCE, None, "identify", "identify", who, traits)
    )


def _who(call: Call, name: str) -> dict[str, str]:
    """How an event names a customer: our own id is turned into a name that routing knows."""
    with call.database.read() as conn:
        known = lists.name_of(conn, call.workspace, name)
    return {known[0]: known[1]} if known else {"any": name}


def _customer_id(call: Call, name: str) -> str | None:
    with call.database.read() as conn:
        return lists.customer_named(conn, call.workspace, name)


# --- Events ------------------------------------------------------------------------------------


def list_events(call: Call) -> Events:
    customer = call.query.get("customer")
    found: list[shapes.EventShape] = []
    if customer is None or (customer := _customer_id(call, customer)) is not None:
        with call.database.read() as conn:
            rows = lists.events(
                conn,
                call.workspace,
                name=call.query.get("name"),
                customer_id=customer,
                skip=call.page * PAGE,
                most=PAGE,
            )
        found = [_event(row) for row in rows]
    return {"events": found, "page": call.page}


def get_event(call: Call) -> shapes.EventShape:
    with call.database.read() as conn:
        row = lists.one_event(conn, call.workspace, call.params["id"])
    if row is None:
        raise Refusal("not-found", "There is no such event.")
    return _event(row)


def _event(row: lists.EventRow) -> shapes.EventShape:
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "customer": row.customer,
        "properties": orjson.loads(row.properties_json),
        "at": rfc3339(row.at),
        "received_at": rfc3339(row.received_at),
        "routed_at": None if row.routed_at is None else rfc3339(row.routed_at),
        "outcome": orjson.loads(row.outcome_json) if row.outcome_json else [],
        "sample": row.sample,
    }


def send_event(call: Call) -> Accepted:
    said = call.body
    customer = said.get("customer")
    return _accept(
        call,
        Incoming(
            workspace=call.workspace,
            source=SOURCE,
            external_id=said.get("id"),
            kind="track",
            name=said["name"],
            who=_who(call, customer) if customer else None,
            properties=said.get("properties") or {},
            at=_at(said.get("at")),
            body_hash=hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest(),
        ),
    )


def _at(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        if not 1900 <= found.year < 9999:  # at the calendar's ends there is no local time
            raise ValueError
        return to_us(found)
    except (ValueError, OverflowError):
        raise Refusal("invalid", "at must be an ISO 8601 time, say 2026-03-02T09:00:00Z.") from None


def _accept(call: Call, incoming: Incoming) -> Accepted:
    [receipt] = call.intake.accept_now(incoming)
    if receipt.conflict:
        raise Refusal(
            "same-id-other-body",
            "An event with this id and another content was accepted before: give each event its "
            "own id.",
            event_id=receipt.event_id,
        )
    return {"event_id": receipt.event_id}
