"""What the management API reads beside the facade: events, and a version's document."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from runtime.store.tables import customer, event, identity, journey, journey_version


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it is stored; instants in microseconds, JSON as text."""

    id: str
    name: str
    kind: str
    customer: str | None
    properties_json: str
    at: int
    received_at: int
    routed_at: int | None
    outcome_json: str | None
    sample: bool


_EVENT = (
    event.c.id,
    event.c.name,
    event.c.kind,
    event.c.customer,
    event.c.properties_json,
    event.c.at,
    event.c.received_at,
    event.c.routed_at,
    event.c.outcome_json,
    event.c.sample,
)


def events(
    conn: Connection,
    workspace: str,
    *,
    name: str | None = None,
    customer_id: str | None = None,
    skip: int = 0,
    most: int = 50,
) -> list[EventRow]:
    """Events of a workspace, the newest first."""
    query = select(*_EVENT).where(event.c.workspace == workspace)
    if name is not None:
        query = query.where(event.c.name == name)
    if customer_id is not None:
        query = query.where(event.c.customer == customer_id)
    found = conn.execute(query.order_by(event.c.seq.desc()).offset(skip).limit(most))
    return [EventRow(*row) for row in found]


def one_event(conn: Connection, workspace: str, event_id: str) -> EventRow | None:
    """One event."""
    row = conn.execute(
        select(*_EVENT).where(event.c.workspace == workspace, event.c.id == event_id)
    ).one_or_none()
    return EventRow(*row) if row else None


def version(
    conn: Connection, workspace: str, slug: str, number: int
) -> tuple[str, str, int, str | None] | None:
    """(document as text, hash, published at, published by) of a journey's version."""
    row = conn.execute(
        select(
            journey_version.c.document_json,
            journey_version.c.hash,
            journey_version.c.published_at,
            journey_version.c.published_by,
        )
        .join(journey, journey.c.id == journey_version.c.journey)
        .where(
            journey.c.workspace == workspace,
            journey.c.slug == slug,
            journey.c.deleted_at.is_(None),
            journey_version.c.number == number,
        )
    ).one_or_none()
    return (row[0], row[1], row[2], row[3]) if row else None


def customer_named(conn: Connection, workspace: str, name: str) -> str | None:
    """The id of the customer with this id, external id, email or anonymous id."""
    mine = customer.c.workspace == workspace
    for where in (customer.c.id == name, customer.c.external_id == name):
        found = conn.execute(select(customer.c.id).where(mine, where)).scalar_one_or_none()
        if found:
            return found
    known = conn.execute(
        select(identity.c.customer)
        .where(
            identity.c.workspace == workspace,
            identity.c.value.in_({name, name.lower()}),
        )
        .order_by(identity.c.kind.desc())
    ).first()
    if known:
        return known[0]
    by_email = conn.execute(
        select(customer.c.id)
        .where(mine, customer.c.email.in_({name, name.lower()}))
        .order_by(customer.c.id)
    ).first()
    return by_email[0] if by_email else None


def name_of(conn: Connection, workspace: str, customer_id: str) -> tuple[str, str] | None:
    """A (kind, value) by which an event may name this customer: their id of yours, their email, or
    an anonymous id. None: there is no such customer, or they have no name at all."""
    row = conn.execute(
        select(customer.c.external_id, customer.c.email).where(
            customer.c.workspace == workspace, customer.c.id == customer_id
        )
    ).one_or_none()
    if row is None:
        return None
    if row[0] is not None:
        return ("id", row[0])
    found = conn.execute(
        select(identity.c.kind, identity.c.value)
        .where(identity.c.workspace == workspace, identity.c.customer == customer_id)
        .order_by(identity.c.kind.desc())
    ).first()
    return (found[0], found[1]) if found else ("email", row[1]) if row[1] else None
