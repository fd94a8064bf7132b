"""Why something could not be done, for a shop owner: a sentence with its remedy. What only a
programmer reads (the kind of an error and its own words) stands apart, as details."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from runtime.facade.words import shown

Kind = Literal["run", "effect", "event", "step"]

# "ValueError: …", "sqlalchemy.exc.SomeError: …" and the like, up to the end of the text
_TECHNICAL = re.compile(
    r"(?:^|(?<=[\s(]))(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Missing|Exit|Iteration)(?::|$).*",
    re.DOTALL,
)
_VERSION_GONE = re.compile(r"\bversion\b.*(?:cannot be read|is not in the database)")
_DIED = re.compile(r"the worker stopped each time", re.IGNORECASE)
_TRIES = re.compile(r"after (\d+) (?:tries|attempts)")

SENTENCES: Mapping[Kind, str] = {
    "event": "Wayline could not find out what follows from this event, because something in it, or "
    "in a journey that it may start, is not as expected. Try it again; if it comes back, look at "
    "what the sender puts into this event.",
    "run": "Something went wrong inside Wayline each time it carried this customer on{times}. They "
    "stand where they stood. Try it again; if it comes back, show the details to whoever looks "
    "after Wayline for you.",
    "effect": "Something went wrong inside Wayline while this was being sent{times}. Try it again; "
    "if it comes back, show the details to whoever looks after Wayline for you.",
    "step": "Something in this step, or in what it was given, is not as expected. Look at its "
    "settings, then try it again.",
}
VERSION_GONE = (
    "The published version of its journey is not in the database any more. Bring it back from a "
    "backup, then try it again."
)
STOPPED = (
    "Wayline stopped working each time it carried this customer on{times}. They stand where they "
    "stood. Try it again; if it comes back, look for what is unusual about this customer."
)
NO_REASON = "A step failed and no way leads on from it."


class Told(NamedTuple):
    """A sentence with its remedy; `details` only for what a person need not read."""

    text: str
    details: str | None


def told(kind: Kind, reason: str | None) -> Told:
    """A stored reason in words. One that is a sentence already stays as it is."""
    if not reason:
        return Told(NO_REASON, None)
    found = _TECHNICAL.search(reason)
    if found is None:
        if kind == "run" and _DIED.search(reason):
            return Told(STOPPED.format(times=_times(reason)), reason)
        return Told(reason, None)
    if _VERSION_GONE.search(found[0]):
        return Told(VERSION_GONE, reason)
    return Told(SENTENCES[kind].format(times=_times(reason)), reason)


def of_node(reason: str | None, titles: Mapping[str, str]) -> Told:
    """Why a node has failed its run: `node: what it said`, under the node's title."""
    node, _, message = (reason or "").partition(": ")
    title = titles.get(node)
    if title is None:
        return told("step", reason)
    text, details = told("step", message)
    return Told(f"{title}: {text}", details)


def first_sentence(text: str) -> str:
    """The first sentence, where there is little room."""
    first, stop, _ = text.partition(". ")
    return shown(first + stop.strip())


def _times(reason: str) -> str:
    found = _TRIES.search(reason)
    return f", {found[1]} times" if found and found[1] != "1" else ""
