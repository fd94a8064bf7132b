"""Joins: which token merges, which is absorbed, and when a join fires, resets or can never be met.

A join that has fired remembers the tokens that may still come late (`Run.joins`): those that were
live then and can reach it, with what they split into. They are absorbed; when none of them can
come any more, it has reset. The token that the join let out, and what becomes of it, is not among
them, so that a join works in a loop.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

from runtime.engine.compiled import Journey
from runtime.engine.state import Run, Token


class Joins:
    """The joins of one run during one call."""

    __slots__ = ("journey", "run", "standing")

    def __init__(self, journey: Journey, run: Run) -> None:
        self.journey = journey
        self.run = run
        self.standing: dict[str, list[int]] = {}
        for token in run.tokens.values():
            if token.kind == "join":
                self.standing.setdefault(token.node, []).append(token.number)

    def arrive(self, token: Token) -> Literal["absorbed", "stands", "fires"]:
        """A token comes to its join."""
        node = token.node
        late = self.run.joins.get(node)
        if late is not None:
            if token.number in late or self._can_come(node, self._live(late)):
                return "absorbed"
            del self.run.joins[node]
        token.kind = "join"
        standing = self.standing.setdefault(node, [])
        standing.append(token.number)
        mode = self._mode(node)
        return "fires" if isinstance(mode, int) and len(standing) >= mode else "stands"

    def fire(self, node: str) -> tuple[Token, list[Token]]:
        """Merge the tokens at the join: the oldest goes on, the others end."""
        tokens = self.run.tokens
        numbers = sorted(self.standing.pop(node))
        late = {
            t.number
            for t in tokens.values()
            if t.number not in numbers and self._can_come(node, (t,))
        }
        for other, pending in list(self.run.joins.items()):
            if numbers[0] in pending and not pending.issuperset(numbers):
                self._forget(other, numbers[0])
        if late:
            self.run.joins[node] = late
        tokens[numbers[0]].kind = None
        return tokens[numbers[0]], [tokens[n] for n in numbers[1:]]

    def unmet(self, node: str) -> list[Token]:
        """The tokens of a join that can no longer be reached often enough."""
        return [self.run.tokens[n] for n in sorted(self.standing.pop(node))]

    def settled(self) -> tuple[str, bool] | None:
        """The first join at which tokens stand and no other can come: True when it fires, False
        when it cannot.
        """
        for node in self.journey.joins:
            if self.standing.get(node) and not self._can_come(node, self.run.tokens.values()):
                return node, self._mode(node) == "all"
        return None

    def deadlocked(self) -> str | None:
        """When every live token stands at a join: the first such join of the document."""
        if any(t.kind != "join" for t in self.run.tokens.values()):
            return None
        return next((j for j in self.journey.joins if self.standing.get(j)), None)

    def ended(self, number: int) -> None:
        """This token is no more."""
        self.split(number, ())

    def split(self, number: int, into: Collection[int]) -> None:
        """This token became these."""
        for node, late in list(self.run.joins.items()):
            if number in late:
                late.update(into)
                self._forget(node, number)

    def _forget(self, node: str, number: int) -> None:
        """This token is not late for the join any more; without late ones the join has reset."""
        late = self.run.joins[node]
        late.discard(number)
        if not late:
            del self.run.joins[node]

    def _mode(self, node: str) -> Literal["all"] | int:
        rule = self.journey.nodes[node].join
        mode = rule.mode if rule is not None else "all"
        return 1 if mode == "any" else mode

    def _live(self, numbers: Iterable[int]) -> list[Token]:
        return [self.run.tokens[n] for n in numbers if n in self.run.tokens]

    def _can_come(self, node: str, tokens: Iterable[Token]) -> bool:
        """Whether one of these tokens that does not stand at the join can still come to it."""
        sources = self.journey.sources[node]
        return any(
            t.kind != "join"
            if t.node == node
            else t.node in sources  # before its door, or upstream
            for t in tokens
        )
