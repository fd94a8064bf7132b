"""What Python says on the pages, in a person's language: sentences, numbers, dates and spans.

A text stands in English where it is said, as on the pages (`tr` in builder/ui/say.py); its German
is in builder/words/de.json. What the runtime says comes as a whole English sentence and is known
by its pattern (`told`, runtime/words). Pure: the language, the moment and the zone are given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from builder.languages import table
from builder.ui import words
from runtime.facade import ENGLISH, evidence, on_page, sentence

_VALUE = re.compile(r"\{([a-z_]+)\}")
_SHARE = re.compile(r"\d+%")
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def say(language: str, english: str, **values: Any) -> str:
    """A text of the studio's with its values, in a language; English where it has no other."""
    text = table(language).get(english, english)
    said = {name: _value(value, language) for name, value in values.items()}
    return _VALUE.sub(lambda found: said.get(found[1], found[0]), text)


def _value(value: Any, language: str) -> str:
    """A number as the language writes it, anything else as it is."""
    return words.number(value, language) if type(value) in (int, float) else str(value)


@dataclass(frozen=True)
class Voice:
    """A language, and the moment and place that times are told from."""

    now: datetime
    zone: tzinfo
    language: str = ENGLISH

    def say(self, english: str, **values: Any) -> str:
        """A text of the studio's: `say("Page {page} of {pages}", page=1, pages=3)`."""
        return say(self.language, english, **values)

    def count(self, number: int, one: str, other: str, **values: Any) -> str:
        """A text with `{count}` in it, in its form for one or for any other number."""
        return self.say(one if number == 1 else other, count=number, **values)

    def told(self, english: str) -> str:
        """What the runtime says about a customer, a run or a template, with its instants as a
        person reads them."""
        if _SHARE.fullmatch(english):
            return self.percent(int(english[:-1]) / 100)
        return self.localised(on_page(english, self.language))

    def reason(self, english: str) -> str:
        """A line of evidence: what the runtime says, or a comparison that it made."""
        return self.localised(evidence(english, self.language))

    def refused(self, english: str) -> str:
        """What the runtime refuses, or finds wrong with a journey."""
        return self.localised(sentence(english, self.language))

    def localised(self, text: str) -> str:
        """A text with its instants as a person reads them."""
        return _INSTANT.sub(lambda found: self.when(found[0]), text)

    def day(self, text: str) -> str:
        """ "Today, Friday 21 November", „Heute, Freitag, 21. November"."""
        return words.day(text, self.now, self.zone, self.language)

    def clock(self, text: str) -> str:
        """ "14:02"."""
        return words.clock(text, self.zone)

    def date(self, text: str) -> str:
        """ "18 November", „18. November"."""
        return words.date(text, self.now, self.zone, self.language)

    def when(self, text: str | None) -> str:
        """ "today 19:13", „heute 19:13"."""
        return words.when(text, self.now, self.zone, self.language)

    def moment(self, text: str) -> str:
        """ "Wed 18 Nov, 11:20", „Mi. 18. Nov., 11:20"."""
        return words.moment(text, self.zone, self.language)

    def ago(self, text: str | None) -> str:
        """ "5 min ago", „vor 5 Min."."""
        return words.ago(text, self.now, self.language)

    def left(self, text: str | None) -> str:
        """ "5 h left", „noch 5 Std."."""
        return words.left(text, self.now, self.language)

    def percent(self, share: float) -> str:
        """ "84%", „84 %" with a narrow space that does not break."""
        return words.percent_text(share, self.language)

    def number(self, value: float) -> str:
        """ "0.5", „0,5"."""
        return words.number(value, self.language)

    def sure(self, value: float | None) -> str:
        """ "84% sure"; empty when nothing is known."""
        return "" if value is None else self.say("{share} sure", share=self.percent(value))

    def plain(self, value: Any) -> str:
        """A value of JSON as a person would write it."""
        return words.plain(value, self.language)

    def fact(self, key: str, value: Any) -> str:
        """What is known under a name, as a person would write it."""
        return words.fact(key, value, self.language)

    def greeting(self) -> str:
        """ "Good morning", „Guten Morgen"."""
        return words.greeting(self.now, self.zone, self.language)

    def listed(self, parts: Sequence[str]) -> str:
        """The parts with commas, each in this language when the runtime said it."""
        return ", ".join(on_page(part, self.language) for part in parts)
