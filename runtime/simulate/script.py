"""Answers on the spot: the scripted ones, and what stands in for the world where nothing was
scripted.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from nodes.spec import Answered, Decided
from runtime.engine.compiled import Journey
from runtime.engine.progress import DecisionSignal, Effect, Waiting
from runtime.journey import durations
from runtime.simulate.inputs import Answer, BadInput, Decision

Model = Callable[[Mapping[str, Any]], Answered]
Later = tuple[datetime, int, int, DecisionSignal]  # when, order of asking, run, what


class Script:
    """Chooses the answer for each asking. A customer's own answers go first; several are used in
    their order, and the last one repeats.
    """

    def __init__(
        self, journey: Journey, answers: Sequence[Answer | Decision], model: Model
    ) -> None:
        self._model = model
        self._given: dict[tuple[type, str, str | None], list[Answer | Decision]] = {}
        self._used: dict[tuple[type, str, str | None], int] = {}
        self.later: list[Later] = []  # a heap
        self._asked = 0
        self.run = 0
        self.customer: str | None = None
        self.now: datetime | None = None
        self.zone: tzinfo | None = None
        self.unknown: list[str] = []
        for answer in answers:
            self._check(journey, answer)
            key = (type(answer), answer.node, answer.customer)
            self._given.setdefault(key, []).append(answer)

    def about(self, run: int, customer: str | None, now: datetime, zone: tzinfo) -> Script:
        """Say for which run the next answers are."""
        self.run, self.customer, self.now, self.zone = run, customer, now, zone
        return self

    def effect(self, effect: Effect) -> Answered:
        """The result of an effect."""
        answer = self._next(Answer, effect.node)
        if not isinstance(answer, Answer):
            return self._unanswered(effect)
        if answer.error is not None:
            return Answered(False, error=answer.error, handle=answer.handle)
        if answer.handle == "failed":
            return Answered(False, error={"kind": "error", "message": "The answers say so."})
        data: dict[str, Any] = dict(answer.data or {})
        if effect.kind == "http":
            data = {"status": 200, "headers": {}, "body": "", **data}
        elif effect.kind == "email":
            data = {"message_id": self._message_id(effect), **data}
        return Answered(True, data, handle=answer.handle)

    def ask(self, waiting: Waiting) -> DecisionSignal | None:
        """A decision made at once; one that takes its time is put into `later`."""
        answer = self._next(Decision, waiting.node)
        if not isinstance(answer, Decision) or self.now is None or self.zone is None:
            return None
        signal = DecisionSignal(
            waiting.token,
            waiting.node,
            waiting.visit,
            Decided(answer.decision, answer.by, answer.text),
            handle=answer.handle,
        )
        at = durations.add(self.now, answer.after, self.zone)
        if at <= self.now:
            return signal
        self._asked += 1
        heapq.heappush(self.later, (at, self._asked, self.run, signal))
        return None

    def _next(self, kind: type, node: str) -> Answer | Decision | None:
        for customer in (self.customer, None):
            key = (kind, node, customer)
            given = self._given.get(key)
            if given:
                used = self._used.get(key, 0)
                self._used[key] = used + 1
                return given[min(used, len(given) - 1)]
        return None

    def _unanswered(self, effect: Effect) -> Answered:
        match effect.kind:
            case "email":
                return Answered(True, {"message_id": self._message_id(effect)})
            case "http":
                return Answered(True, {"status": 200, "headers": {}, "body": ""})
            case "model":
                return self._model(effect.body)

    def _message_id(self, effect: Effect) -> str:
        return f"<{self.run}.{effect.token}.{effect.node}.{effect.visit}@simulated>"

    def _check(self, journey: Journey, answer: Answer | Decision) -> None:
        node = journey.nodes.get(answer.node)
        if node is None:
            self.unknown.append(
                f"{answer.where}: the journey has no node {answer.node}, so it is not used."
            )
        elif answer.handle is not None and answer.handle not in node.exits:
            raise BadInput(
                f"{answer.where}: {answer.node} has no handle {answer.handle}."
                f" It has {', '.join(sorted(node.exits))}."
            )


def embedded_model(body: Mapping[str, Any]) -> Answered:
    """The built-in model; loaded only when an AI step has no scripted answer."""
    from runtime.ports.model import embedded_answer

    return embedded_answer(body)
