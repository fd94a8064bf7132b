"""Drafts a message from what is given, without a writing model: thanks, the facts that fit, and
what the instructions ask for, in plain sentences.

Nothing is made up: every sentence is a fact, or comes from the instructions. What the customer
wrote chooses among the facts and is never repeated or obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_FACTS = 4
_NEAR = 0.2  # a fact this near to the message answers it

# What an instruction may ask for, and the sentence it becomes. `{}` is what follows, said to the
# customer.
_ASKS: tuple[tuple[str, str], ...] = (
    (r"(?:please )?thank (?:them|him|her|the \w+) (?:very much )?for (.+)", "Thank you for {}."),
    (r"(?:please )?thank (?:them|him|her|the \w+)\b.*", "Thank you."),
    (r"(?:apologi[sz]e|say sorry) (?:to \w+ )?for (.+)", "I am sorry about {}."),
    (r"(?:apologi[sz]e|say sorry)\b.*", "I am sorry for the trouble."),
    (r"congratulate (?:them |him |her )?on (.+)", "Congratulations on {}!"),
    (r"(?:offer|propose|suggest) (?:them |him |her )?(.+)", "I would like to offer you {}."),
    (r"invite (?:them |him |her |the \w+ )?to (.+)", "You are warmly invited to {}."),
    (r"remind (?:them |him |her |the \w+ )?(?:that|of|about) (.+)", "A short reminder: {}."),
    (r"(?:tell|let) (?:them|him|her|the \w+)(?: know)? (?:that )?(.+)", "{}."),
    (r"(?:say|mention|explain) (?:to them )?(?:that )?(.+)", "{}."),
    (r"confirm (?:to them )?(?:that )?(.+)", "This confirms {}."),
    (r"ask (?:them |him |her |the \w+ )?(?:for) (.+)", "Could you send us {}?"),
    (r"ask (?:them |him |her |the \w+ )?((?:how|wh\w+|if) .+)", "May I ask {}?"),
    (r"ask (?:them |him |her |the \w+ )?to (.+)", "Could you please {}?"),
)  # fmt: skip
# How to write, or what the facts and the greeting do already.
_HOW = re.compile(
    r"(?:keep|be|do not|don't|never|no\b|sell|use|write|sound|stay|make "
    r"(?:it|sure)|sign|answer|reply"
    r"|respond|greet|address|mention nothing|draft|send|short|in \w+ sentences?)\b.*",
    re.IGNORECASE,
)
_TO_YOU = (
    (r"\b(?:their|his|her|the (?:customer|client|person)'s)\b", "your"),
    (r"\b(?:them|they|him|he|she|the (?:customer|client|person))\b", "you"),
    (r"\byou (is|was|has)\b", "you are"),
)
_LINE = re.compile(r"[\x00-\x1f\x7f<>{}]+")


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence, and whether it opens or goes on."""

    text: str
    opens: bool


def draft(body: Mapping[str, Any], sender: str = "") -> dict[str, Any]:
    """{text, subject, confidence, sources} for a body {instructions, facts, tone, customer,
    event}.
    """
    customer, event = _mapping(body.get("customer")), _mapping(body.get("event"))
    instructions = str(body.get("instructions") or "")
    facts = [str(f).strip() for f in body.get("facts") or () if str(f).strip()]
    message = _message(event)
    said, understood, asked = _read(instructions)
    chosen = _choose(facts, message)
    opening = [s.text for s in said if s.opens]
    if message and not opening:
        opening = ["Thank you for your message."]
    answers = [_sentence(facts[n]) for n in chosen]
    going_on = [s.text for s in said if not s.opens]
    parts = [" ".join(opening), " ".join(answers), " ".join(going_on)]
    formal = "formal" in str(body.get("tone") or "").lower()
    greeting, end = _frame(customer, formal, sender)
    text = "\n\n".join([greeting, *filter(None, parts), end])
    return {
        "text": text,
        "subject": _subject(instructions, event),
        "confidence": _sure(bool(said), [facts[n] for n in chosen], message, understood, asked),
        "sources": [{"kind": "fact", "number": n + 1, "text": facts[n]} for n in chosen],
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]


def _message(event: Mapping[str, Any]) -> str:
    """What the customer wrote, if anything: the longest text of the event."""
    properties = _mapping(event.get("properties"))
    texts = [v for v in properties.values() if isinstance(v, str) and " " in v.strip()]
    return max(texts, key=len, default="")


def _read(instructions: str) -> tuple[list[_Said], int, int]:
    """The sentences that the instructions ask for; how many parts were understood, of how many."""
    said: list[_Said] = []
    understood = asked = 0
    for clause in _clauses(instructions):
        asked += 1
        sentence = _asked_for(clause)
        if sentence is not None:
            opens = sentence.startswith(("Thank", "I am sorry", "Congratulations"))
            said.append(_Said(sentence, opens))
            understood += 1
        elif _HOW.match(clause):
            understood += 1
    return said, understood, asked


def _clauses(instructions: str) -> list[str]:
    """The parts that each begin with a verb of their own."""
    found: list[str] = []
    for sentence in re.split(r"[.;!?\n]+", instructions):
        for part in re.split(r",\s*(?:and\s+)?|\s+and\s+", sentence.strip()):
            part = part.strip()
            known = bool(part) and (_asked_for(part) is not None or _HOW.match(part) is not None)
            if found and part and not known and sentence.strip().find(part) > 0:
                found[-1] += (" and " if f" and {part}" in sentence else ", ") + part
            elif part:
                found.append(part)
    return found


def _asked_for(clause: str) -> str | None:
    for pattern, sentence in _ASKS:
        match = re.fullmatch(pattern, clause, re.IGNORECASE)
        if match:
            rest = " ".join(match.groups())
            for word, you in _TO_YOU:
                rest = re.sub(word, you, rest, flags=re.IGNORECASE)
            filled = sentence.replace("{}", _LINE.sub(" ", rest).strip())
            return filled[:1].upper() + filled[1:]
    return None


def _choose(facts: Sequence[str], message: str) -> list[int]:
    """Which facts to use, in their order: those that fit the message, else the first ones."""
    if len(facts) <= MOST_FACTS:
        return list(range(len(facts)))
    if not message:
        return list(range(MOST_FACTS))
    from runtime.ports.embedded import nearness

    near = sorted(((nearness(message, fact), n) for n, fact in enumerate(facts)), reverse=True)
    best = [n for value, n in near[:MOST_FACTS] if value >= _NEAR]
    return sorted(best or [n for _, n in near[:2]])


def _sentence(fact: str) -> str:
    text = fact[:1].upper() + fact[1:]
    return text if text[-1] in ".!?…" else f"{text}."


def _frame(customer: Mapping[str, Any], formal: bool, sender: str) -> tuple[str, str]:
    first, last = _name(customer, "first_name"), _name(customer, "last_name")
    whole = _name(customer, "name")
    if formal:
        name = whole or f"{first} {last}".strip()
        greeting = f"Dear {name}," if name else "Dear customer,"
    else:
        name = first or whole.split(" ")[0]
        greeting = f"Hello {name}," if name else "Hello,"
    signed = _LINE.sub(" ", sender).strip()
    return greeting, ("Kind regards" if formal else "Best wishes") + (
        f"\n{signed}" if signed else ""
    )


def _name(customer: Mapping[str, Any], key: str) -> str:
    value = customer.get(key)
    return _LINE.sub(" ", value).strip()[:60] if isinstance(value, str) else ""


def _subject(instructions: str, event: Mapping[str, Any]) -> str:
    thanked = re.search(
        r"thank (?:them|him|her|the \w+) for (?:their|the) ([\w -]{3,40})", instructions
    )
    if thanked:
        return f"Your {thanked[1].strip()}"
    about = _mapping(event.get("properties")).get("subject")
    if isinstance(about, str) and about.strip():
        return f"Re: {_LINE.sub(' ', about).strip()[:120]}"
    noun = str(event.get("name") or "").split(".")[0].replace("_", " ").strip()
    plain = re.fullmatch(r"[a-z][a-z ]{2,30}", noun) and noun not in (
        "webhook",
        "manual",
        "schedule",
    )
    return f"Your {noun}" if plain else "A few words for you"


def _sure(said: bool, facts: Sequence[str], message: str, understood: int, asked: int) -> float:
    """How far the instructions were understood, and how near the facts come to the message."""
    share = understood / asked if asked else 0.0
    if not said and not facts:
        return round(0.2 * share, 2)
    if not message:
        return round(0.2 + 0.45 * share + (0.1 if facts else 0.0), 2)
    return round(0.1 + 0.3 * share + 0.4 * _fit(facts, message), 2)


def _fit(facts: Sequence[str], message: str) -> float:
    if not facts:
        return 0.0
    from runtime.ports.embedded import nearness

    return min(1.0, max(0.0, max(nearness(message, fact) for fact in facts)) / 0.4)
