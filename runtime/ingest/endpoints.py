"""The management API as one table: what is offered, what it takes, what it gives.

The table answers the requests and makes the OpenAPI document, so that neither can say what the
other does not do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from runtime.facade import shapes
from runtime.ingest import operations as do
from runtime.ingest import upkeep
from runtime.ingest.operations import Call
from runtime.ingest.schemas import Schema

Method = Literal["GET", "POST", "PUT", "DELETE"]
TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
LONG_TEXT: Schema = {"type": ["string", "null"], "maxLength": 100_000}
OBJECT: Schema = {"type": "object"}
CONSENT: Schema = {**OBJECT, "description": 'Whether they may be written to: {"email": false}.'}
SEGMENTS: Schema = {
    "type": "array",
    "items": TEXT,
    "description": 'All the segments they are in from now on: ["quiet"].',
}
DOCUMENT: Schema = {
    "type": "object",
    "description": "A journey document, format 1; `wayline schema` prints its schema.",
}


LINE: Schema = {"type": ["string", "null"], "maxLength": 500}


def body(required: tuple[str, ...], **properties: Schema) -> Schema:
    """A request body with these fields."""
    return {"type": "object", "properties": properties, "required": list(required)}


WHY = body((), why={**LINE, "description": "The reason, for the audit."})


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter in the query string."""

    name: str
    what: str
    schema: Schema = field(default_factory=lambda: {"type": "string", "maxLength": 512})


PAGE_NO = Query(
    "page", "Which page, from 0.", {"type": "integer", "minimum": 0, "maximum": 100_000}
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation. `answer` is the type of its JSON; `refusals` are the problem kinds beside
    those that every operation has."""

    method: Method
    path: str
    summary: str
    answer: Any
    run: Callable[[Call], Any]
    status: int = 200
    query: tuple[Query, ...] = ()
    body: Schema | None = None
    refusals: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The operationId: the handler's name."""
        return self.run.__name__

    @property
    def params(self) -> list[str]:
        """The names in its path."""
        return re.findall(r"{(\w+)}", self.path)


J, GONE, NO = "/api/journeys", ("not-found",), ("not-found", "refused")
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", J, "All journeys", do.Journeys, do.list_journeys),
    Endpoint(
        "POST",
        J,
        "Make a journey",
        do.Saved,
        do.create_journey,
        status=201,
        body=DOCUMENT,
        refusals=("refused",),
    ),
    Endpoint(
        "GET",
        J + "/{slug}",
        "One journey with its draft",
        shapes.JourneyShape,
        do.get_journey,
        refusals=GONE,
    ),
    Endpoint(
        "PUT",
        J + "/{slug}",
        "Replace the draft",
        do.Saved,
        do.put_draft,
        body=DOCUMENT,
        refusals=NO,
    ),
    Endpoint(
        "POST",
        J + "/{slug}/publish",
        "Publish the draft as a new version",
        shapes.PublishResult,
        do.publish,
        refusals=NO,
    ),
    Endpoint("POST", J + "/{slug}/pause", "Let nobody new in", do.State, do.pause, refusals=NO),
    Endpoint("POST", J + "/{slug}/resume", "Let people in again", do.State, do.resume, refusals=NO),
    Endpoint(
        "GET",
        J + "/{slug}/versions",
        "The published versions",
        do.Versions,
        do.list_versions,
        refusals=GONE,
    ),
    Endpoint(
        "GET",
        J + "/{slug}/versions/{number}",
        "One version with its document",
        do.VersionDocument,
        do.get_version,
        refusals=GONE,
    ),
    Endpoint(
        "GET",
        "/api/runs",
        "Runs, the newest first",
        do.Runs,
        do.list_runs,
        query=(
            Query("journey", "Only of the journey with this slug."),
            Query("customer", "Only of this customer: id, your own id, or email."),
            Query(
                "status",
                "Only with this status.",
                {"enum": ["running", "waiting", "completed", "exited", "failed"]},
            ),
            PAGE_NO,
        ),
        refusals=GONE,
    ),
    Endpoint(
        "GET",
        "/api/runs/{id}",
        "One run with its steps and effects",
        shapes.RunShape,
        do.get_run,
        refusals=GONE,
    ),
    Endpoint(
        "POST",
        "/api/runs/{id}/cancel",
        "End a run now",
        shapes.Cancelled,
        do.cancel_run,
        refusals=NO,
    ),
    Endpoint(
        "POST",
        "/api/runs/{id}/retry",
        "Let a run that has failed go on from where it stood",
        shapes.Retried,
        do.retry_run,
        refusals=NO,
    ),
    Endpoint(
        "POST",
        "/api/effects/{key}/resend",
        "Send an email or web call once more, under a new key",
        shapes.Resent,
        upkeep.resend_effect,
        body=WHY,
        refusals=NO,
    ),
    Endpoint(
        "GET",
        "/api/approvals",
        "What people are asked to decide",
        do.Approvals,
        do.list_approvals,
        query=(
            Query(
                "state",
                "Only in this state; the default is open.",
                {"enum": ["open", "approved", "rejected", "expired", "cancelled", "all"]},
            ),
        ),
    ),
    Endpoint(
        "GET",
        "/api/approvals/{id}",
        "One approval with its draft",
        shapes.ApprovalShape,
        do.get_approval,
        refusals=GONE,
    ),
    Endpoint(
        "POST",
        "/api/approvals/{id}",
        "Decide",
        shapes.ApprovalShape,
        do.decide,
        body=body(
            ("decision",),
            decision={"enum": ["approve", "reject"]},
            text=LONG_TEXT,
            by={"type": ["string", "null"], "maxLength": 255},
        ),
        refusals=NO,
    ),
    Endpoint(
        "GET",
        "/api/customers",
        "Customers",
        shapes.CustomerPage,
        do.list_customers,
        query=(Query("search", "Part of a name, email or id."), PAGE_NO),
    ),
    Endpoint(
        "GET",
        "/api/customers/{id}",
        "One customer with their timeline",
        shapes.CustomerShape,
        do.get_customer,
        refusals=GONE,
    ),
    Endpoint(
        "PUT",
        "/api/customers/{id}",
        "Make a customer, or set attributes of one",
        do.Accepted,
        do.put_customer,
        status=202,
        body=body((), attributes=OBJECT, consent=CONSENT, segments=SEGMENTS),
        refusals=("busy",),
    ),
    Endpoint(
        "DELETE",
        "/api/customers/{id}",
        "Erase a customer: nothing more is sent, nothing personal stays",
        shapes.Erased,
        do.erase_customer,
        refusals=NO,
    ),
    Endpoint(
        "GET",
        "/api/events",
        "Events, the newest first",
        do.Events,
        do.list_events,
        query=(
            Query("name", "Only events with this name."),
            Query("customer", "Only of this customer: id, your own id, or email."),
            PAGE_NO,
        ),
    ),
    Endpoint(
        "GET",
        "/api/events/{id}",
        "One event and what became of it",
        shapes.EventShape,
        do.get_event,
        refusals=GONE,
    ),
    Endpoint(
        "POST",
        "/api/events",
        "Send an event",
        do.Accepted,
        do.send_event,
        status=202,
        body=body(
            ("name",),
            name={"type": "string", "minLength": 1, "maxLength": 200},
            customer={"type": ["string", "null"], "maxLength": 512},
            properties={"type": ["object", "null"]},
            id={**TEXT, "description": "Your own id: the same one is accepted once."},
            at={"type": "string", "maxLength": 40, "format": "date-time"},
        ),
        refusals=("same-id-other-body", "busy"),
    ),
    Endpoint(
        "GET",
        "/api/tasks",
        "Open tasks, or the finished ones",
        upkeep.Tasks,
        upkeep.list_tasks,
        query=(Query("done", "The finished ones.", {"enum": ["true", "false"]}),),
    ),
    Endpoint(
        "POST",
        "/api/tasks/{id}/finish",
        "Mark a task as done",
        upkeep.Done,
        upkeep.finish_task,
        refusals=("refused",),
    ),
    Endpoint(
        "GET",
        "/api/dead-letters",
        "What could not be carried out",
        upkeep.DeadLetters,
        upkeep.list_dead_letters,
    ),
    Endpoint(
        "POST",
        "/api/dead-letters/{id}/replay",
        "Try it once more",
        upkeep.Done,
        upkeep.replay,
        refusals=NO,
    ),
    Endpoint(
        "POST",
        "/api/dead-letters/{id}/confirm",
        "Say of a send in doubt that it went out",
        upkeep.Done,
        upkeep.confirm,
        refusals=NO,
    ),
    Endpoint(
        "POST",
        "/api/dead-letters/{id}/resend",
        "Send what is in doubt again, under a new key",
        shapes.Resent,
        upkeep.resend,
        body=WHY,
        refusals=NO,
    ),
    Endpoint(
        "POST",
        "/api/dead-letters/{id}/dismiss",
        "Leave it as it is",
        upkeep.Done,
        upkeep.dismiss,
        refusals=NO,
    ),
    Endpoint(
        "GET",
        "/api/limits",
        "How many calls a second each provider gets, and which are held back",
        upkeep.Limits,
        upkeep.list_limits,
    ),
    Endpoint(
        "PUT",
        "/api/limits/{provider}",
        "Let so many calls a second go to a provider",
        shapes.Limit,
        upkeep.put_limit,
        body=body(
            ("rate",),
            rate={"type": "number", "description": "Calls a second, from all workers together."},
        ),
        refusals=NO,
    ),
    Endpoint(
        "DELETE",
        "/api/limits/{provider}",
        "Let as many calls as there are go to a provider",
        upkeep.Done,
        upkeep.delete_limit,
        refusals=GONE,
    ),
)
# every operation that needs a key, and every one that reads a body, may answer with these too
ALWAYS = ("bad-request", "unauthorised", "not-allowed", "invalid", "failed", "unavailable")
WITH_BODY = ("bad-json", "too-large", "unsupported-body", "too-slow")
