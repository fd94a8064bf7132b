"""Who the events of a batch are about: finds or makes the customers, and changes their records as
identify, group and alias say. What is new is written once, at the end of the batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

import orjson

from runtime.engine.world import Customer
from runtime.store import customers
from runtime.store.customers import CustomerRow, Name
from runtime.store.database import Connection, new_id
from runtime.store.events import EventRow

Who = Mapping[str, str]

# events that change the record of who they are about
CHANGES = ("identify", "group", "alias")


class Known(NamedTuple):
    """A customer as it was read, and the record that the engine works on."""

    row: CustomerRow
    record: Customer


def read(row: CustomerRow) -> Customer:
    """A stored customer as the engine knows it."""
    return Customer(
        id=row.id,
        attributes=orjson.loads(row.attributes_json),
        consent=orjson.loads(row.consent_json),
        segments=orjson.loads(row.segments_json),
        external_id=row.external_id,
        email=row.email,
    )


def row(customer: Customer) -> CustomerRow:
    """A customer as it is stored."""
    return CustomerRow(
        customer.id,
        customer.external_id,
        customer.email,
        orjson.dumps(customer.attributes).decode(),
        orjson.dumps(customer.consent).decode(),
        orjson.dumps(list(customer.segments)).decode(),
    )


def email_name(text: str) -> Name:
    """Addresses are the same in upper and lower case."""
    return ("email", text.strip().lower())


def looks_like_email(text: str) -> bool:
    """Whether a name given without its kind is an address."""
    before, at, after = text.partition("@")
    return bool(before and at and "." in after and not after.endswith(".") and " " not in text)


def names_in(value: Any) -> list[str] | None:
    """A list of names, each once; None when it is something else."""
    if not isinstance(value, list):
        return None
    items = cast("list[Any]", value)
    return list(dict.fromkeys(items)) if all(isinstance(one, str) for one in items) else None


class People:
    """The customers of one batch, in one transaction."""

    def __init__(
        self, conn: Connection, workspace: str, events: Sequence[EventRow], now: int
    ) -> None:
        self._conn = conn
        self._workspace = workspace
        self._now = now
        self._who: dict[int, Who] = {}
        self._named: dict[int, tuple[Name, ...]] = {}
        self._unreadable: dict[int, Exception] = {}
        for event in events:
            self._read(event)
        names = {name for named in self._named.values() for name in named}
        self._known = customers.known(conn, workspace, names) if names else {}
        self._records: dict[str, Customer] = {}
        self._rows: dict[str, CustomerRow] = {}
        self._new: dict[str, bool] = {}
        self._changed: set[str] = set()
        self._links: list[tuple[Name, str]] = []
        self._merged: dict[str, str] = {}
        direct = {e.customer for e in events if e.customer}
        # An event with several names may give the customer one that it did not have: that changes
        # the record, which a worker that carries its runs may be changing now.
        several = any(len(who) > 1 for who in self._who.values())
        lock = several or any(e.kind in CHANGES for e in events)
        self._load(direct | set(self._known.values()), lock)

    @property
    def ids(self) -> set[str]:
        """The customers that were known before the batch."""
        return set(self._records) - set(self._new)

    @property
    def merged(self) -> bool:
        """Whether two customers became one."""
        return bool(self._merged)

    def candidates(self, event: EventRow) -> set[str]:
        """The known customers that the event may be about."""
        known = self._known
        found = {known[name] for name in self._named[event.seq] if name in known}
        return found | {event.customer} if event.customer else found

    def _read(self, event: EventRow) -> None:
        """Whom it names. One that cannot be read stops no other; `take` says what is wrong."""
        seq = event.seq
        try:
            if event.who_json:
                self._who[seq] = orjson.loads(event.who_json)
            self._named[seq] = tuple(self._names(event))
        except Exception as error:
            self._named[seq] = ()
            self._unreadable[seq] = error

    def take(self, event: EventRow) -> Customer | None:
        """Who the event is about, made when unknown; with the changes the event makes to them."""
        if event.seq in self._unreadable:
            raise self._unreadable[event.seq]
        who = self._who.get(event.seq)
        if event.customer is not None:
            return self._records.get(event.customer)
        if not who:
            return None
        customer = self._find(who, bool(event.sample))
        if event.kind in CHANGES:
            given: dict[str, Any] = orjson.loads(event.properties_json)
            match event.kind:
                case "identify":
                    self._identify(customer, given)
                case "group":
                    traits: dict[str, Any] = given.get("traits") or {}
                    self._set(customer, {"group": {**traits, "id": given["groupId"]}})
                case _:
                    self._alias(customer, str(given["previousId"]))
        return customer

    def final(self, customer: str | None) -> str | None:
        """The customer's id after the batch's merges."""
        while customer in self._merged:
            customer = self._merged[customer]
        return customer

    def known(self, customer: str) -> Known | None:
        """The customer as it is stored after `write`."""
        stored = self._rows.get(customer)
        return None if stored is None else Known(stored, self._records[customer])

    def write(self) -> None:
        """Store what is new and changed."""
        new = [(row(self._records[one]), sample) for one, sample in self._new.items()]
        changed = [row(self._records[one]) for one in self._changed - set(self._new)]
        self._rows.update((one.id, one) for one, _ in new)
        self._rows.update((one.id, one) for one in changed)
        customers.add(self._conn, self._workspace, new, self._now)
        customers.save(self._conn, changed, self._now)
        customers.link(self._conn, self._workspace, self._links)
        self._new.clear()
        self._changed.clear()
        self._links.clear()

    # --- Finding ------------------------------------------------------------------------------

    def _names(self, event: EventRow) -> Iterator[Name]:
        """Every name in the event that may stand for a customer."""
        who = self._who.get(event.seq, {})
        if "any" in who:
            yield ("id", who["any"])
            yield email_name(who["any"])
        for kind in ("id", "anonymous"):
            if kind in who:
                yield (kind, who[kind])
        if "email" in who:
            yield email_name(who["email"])
        if event.kind in ("identify", "alias"):
            given: dict[str, Any] = orjson.loads(event.properties_json)
            if event.kind == "identify" and isinstance(given.get("email"), str):
                yield email_name(given["email"])
            if event.kind == "alias":
                yield ("id", str(given["previousId"]))
                yield ("anonymous", str(given["previousId"]))

    def _load(self, ids: set[str], lock: bool) -> None:
        for found in customers.load(self._conn, ids, lock=lock):
            self._rows[found.id] = found
            self._records[found.id] = read(found)

    def _get(self, name: Name) -> Customer | None:
        found = self._known.get(name)
        return None if found is None else self._records.get(found)

    def _find(self, who: Who, sample: bool) -> Customer:
        if "any" in who:
            return self._find_any(who["any"], sample)
        names: list[Name] = [(k, who[k]) for k in ("id", "anonymous") if k in who]
        if "email" in who:
            names.append(email_name(who["email"]))
        found = self._by_names(who, names) or self._make(sample)
        if "id" in who and found.external_id is None:
            found.external_id = who["id"]
            self._change(found)
        if "email" in who and found.email is None:
            self._set(found, {"email": who["email"].strip()})
        for name in names:
            self._link(name, found)
        return found

    def _by_names(self, who: Who, names: Sequence[Name]) -> Customer | None:
        """The one the id stands for; an id nobody has yet goes to the anonymous customer or the
        address, if they have none."""
        own = self._get(("id", who["id"])) if "id" in who else None
        others = [self._get(name) for name in reversed(names) if name[0] != "id"]
        if own is None:
            free = [o for o in others if o and (o.external_id is None or "id" not in who)]
            return free[0] if free else None
        for other in others:
            if other is not None and other is not own and other.external_id is None:
                self._merge(other, own)
        return own

    def _find_any(self, text: str, sample: bool) -> Customer:
        address = email_name(text)
        found = self._get(("id", text)) or self._get(address)
        if found is not None:
            return found
        made = self._make(sample)
        if looks_like_email(text):
            self._set(made, {"email": text.strip()})
            self._link(address, made)
        else:
            made.external_id = text
            self._link(("id", text), made)
        return made

    def _make(self, sample: bool) -> Customer:
        made = Customer(new_id())
        self._records[made.id] = made
        self._new[made.id] = sample
        return made

    # --- Changing -----------------------------------------------------------------------------

    def _identify(self, customer: Customer, traits: dict[str, Any]) -> None:
        consent = traits.pop("consent", None)
        if isinstance(consent, dict):
            customer.consent = {**customer.consent, **consent}
        segments = names_in(traits.get("segments"))
        if segments is not None:
            del traits["segments"]
            customer.segments = segments
        self._set(customer, traits)
        if customer.email:
            self._link(email_name(customer.email), customer)

    def _alias(self, customer: Customer, previous: str) -> None:
        other = self._get(("id", previous)) or self._get(("anonymous", previous))
        if other is None:
            self._link(("anonymous", previous), customer)
        elif other is not customer:
            self._merge(other, customer)

    def _merge(self, gone: Customer, into: Customer) -> None:
        """Everything of one becomes the other's, whose own attributes win."""
        self.write()
        customers.merge(self._conn, gone.id, into.id)
        self._set(into, {k: v for k, v in gone.attributes.items() if k not in into.attributes})
        into.consent = {**gone.consent, **into.consent}
        into.segments = list(dict.fromkeys([*into.segments, *gone.segments]))
        into.external_id = into.external_id or gone.external_id
        self._merged[gone.id] = into.id
        del self._records[gone.id]
        for name, customer in self._known.items():
            if customer == gone.id:
                self._known[name] = into.id

    def _set(self, customer: Customer, values: Mapping[str, Any]) -> None:
        customer.set(values)
        self._change(customer)

    def _change(self, customer: Customer) -> None:
        customer.set({})  # what conditions read is made anew
        self._changed.add(customer.id)

    def _link(self, name: Name, customer: Customer) -> None:
        if name not in self._known:
            self._known[name] = customer.id
            self._links.append((name, customer.id))
