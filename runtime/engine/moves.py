"""Moving the tokens of one run: the oldest that can move goes first, as far as it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from heapq import heappop, heappush, heappushpop
from typing import Any

from nodes.spec import (
    Answered,
    Arrived,
    Change,
    Decided,
    Fail,
    Leave,
    Perform,
    SetAttributes,
    Signal,
    TimedOut,
    Wait,
)
from runtime.engine.calls import call
from runtime.engine.compiled import MOST_VISITS, Journey, Node
from runtime.engine.context import Scope, StepContext
from runtime.engine.joins import Joins
from runtime.engine.progress import (
    Answerer,
    AnswerSignal,
    Changed,
    Closing,
    DecisionSignal,
    Progress,
    Step,
)
from runtime.engine.state import ENDED, Run, Status, Token
from runtime.engine.world import Event, World

TIMED_OUT = TimedOut()


class Mover:
    """Carries one run during one call. Everything it does stands in `progress` and in the run."""

    __slots__ = (
        "_context",
        "_joins",
        "_ready",
        "_signals",
        "answerer",
        "journey",
        "progress",
        "run",
        "world",
    )

    def __init__(self, journey: Journey, run: Run, world: World, answerer: Answerer | None) -> None:
        self.journey = journey
        self.run = run
        self.world = world
        self.answerer = answerer
        self.progress = Progress(world.now)
        self._ready: list[int] = []  # a heap of token numbers
        self._signals: dict[int, Signal] = {}  # what the ready tokens that waited resume with
        self._joins = Joins(journey, run) if journey.joins else None
        self._context = StepContext(journey, world, run.entry, run.outputs, run_id=run.id)

    # --- What makes it move -------------------------------------------------------------------

    def start(self) -> None:
        """Leave the trigger, with the entry event as its output."""
        token = self._new_token(self.run.trigger)
        node = self.journey.nodes[self.run.trigger]
        if self._visit(token, node):
            output = self.run.entry.output()
            self._carry(token if self._leave(token, node, "out", output, ()) else None)

    def hear(self, event: Event) -> None:
        """End every wait for this event; which ones is decided before any of them moves."""
        heard = [t for t in self.run.tokens.values() if self._is_for(t, event)]
        self._resume_all(heard, Arrived(event.seen), "event")

    def expire(self, at: datetime, *, inclusive: bool) -> None:
        """Let the deadlines that are not later than `at` (`inclusive` or not) pass, the earliest
        instant first, until none is left.
        """
        run = self.run
        while run.status not in ENDED:
            run.find_wake()
            first = run.wake_at
            if first is None or first > at or (first == at and not inclusive):
                return
            due = [t for t in run.tokens.values() if t.deadline == first]
            self._resume_all(due, TIMED_OUT, "time")

    def decide(self, signal: DecisionSignal) -> None:
        """Take a person's decision, if it is still open."""
        token = self.run.waiting(signal.token, signal.node, signal.visit, "approval")
        if token is not None:
            self.progress.close(token, "decision", signal.decided)
            node = self.journey.nodes[token.node]
            on = self._act(token, node, signal.decided, signal.handle)
            self._carry(token if on else None)

    def answer(self, signal: AnswerSignal) -> None:
        """Take the result of an effect, if the token still waits for it."""
        token = self.run.waiting(signal.token, signal.node, signal.visit, "effect")
        if token is not None:
            self.progress.close(token, "answer")
            node = self.journey.nodes[token.node]
            on = self._act(token, node, signal.answered, signal.answered.handle)
            self._carry(token if on else None)

    def retry(self) -> None:
        """Let every token go that neither waits nor stands at a join: the one whose node failed
        begins a new visit there."""
        for token in self.run.tokens.values():
            if token.kind is None:
                heappush(self._ready, token.number)
        self._carry()

    def end(self, status: Status, reason: str | None) -> None:
        """End the whole run now; its tokens are cancelled."""
        for token in self.run.tokens.values():
            if token.kind not in (None, "join"):
                self.progress.close(token, "cancelled")
        self.run.tokens.clear()
        if self.run.left is None:
            self.run.joins.clear()
        self.run.status = status
        self.run.reason = reason

    def finish(self) -> Progress:
        """Set the run's status and what it waits for, and hand over what happened."""
        run, progress = self.run, self.progress
        if run.status not in ENDED:
            run.status = "waiting" if run.tokens else "completed"
        run.find_wake()
        progress.status = run.status
        progress.reason = run.reason
        return progress

    # --- Turns --------------------------------------------------------------------------------

    def _carry(self, token: Token | None = None) -> None:
        """Let the oldest token that can move go, again and again; when none can, the joins that
        can. `token` is one that can.
        """
        run, ready = self.run, self._ready
        while run.status not in ENDED:
            if token is not None and ready:
                token = run.tokens.get(heappushpop(ready, token.number))
            elif ready:
                token = run.tokens.get(heappop(ready))
            if token is not None:
                if not self._turn(token):
                    token = None
            elif not ready and (self._joins is None or not self._settle(self._joins)):
                return

    def _turn(self, token: Token) -> bool:
        """Let the token move; whether it can move again (what else can is in `_ready`)."""
        node = self.journey.nodes[token.node]
        if self._signals:
            signal = self._signals.pop(token.number, None)
            if signal is not None:
                return self._act(token, node, signal)
        if node.join is None or self._joins is None:
            return self._visit(token, node) and self._act(token, node, None)
        arrived = self._joins.arrive(token)
        if arrived == "absorbed":
            self._end_token(token)
        elif arrived == "fires":
            self._fire(node.id)
        return False

    def _settle(self, joins: Joins) -> bool:
        """Fire or give up the first join to which no other token can come; False if none moved."""
        found = joins.settled()
        if found is None:
            stuck = joins.deadlocked()
            found = (stuck, True) if stuck is not None else None
        if found is None:
            return False
        node, fires = found
        if fires:
            self._fire(node)
            return True
        for number, token in enumerate(joins.unmet(node)):
            if number == 0:
                self.progress.note(token, "join_unmet")
            self._end_token(token)
        return True

    def _fire(self, node_id: str) -> None:
        if self._joins is None:
            return
        token, merged = self._joins.fire(node_id)
        for other in merged:
            self._end_token(other)
        node = self.journey.nodes[node_id]
        if self._visit(token, node) and self._leave(token, node, "out", {}, ()):
            heappush(self._ready, token.number)

    def _resume_all(self, tokens: Sequence[Token], signal: Signal, by: Closing) -> None:
        for token in tokens:
            self.progress.close(token, by)
            self._signals[token.number] = signal
        if tokens:
            for token in tokens[1:]:
                heappush(self._ready, token.number)
            self._carry(tokens[0])

    def _is_for(self, token: Token, event: Event) -> bool:
        if token.kind != "event" or token.event != event.name:
            return False
        if token.where is None:
            return True
        scope = Scope(self.journey, self.world, self.run.entry, self.run.outputs, event)
        holds = self.journey.ready.where(token.where)(scope)
        for text in scope.notes:
            self.progress.note(token, text)
        return holds

    # --- Calling a node -----------------------------------------------------------------------

    def _act(
        self, token: Token, node: Node, signal: Signal | None, handle: str | None = None
    ) -> bool:
        """Call the node, and do what it says, until the token has left, waits or is no more;
        whether it can move again.
        """
        context = self._context
        while True:
            context.turn_to(node.id, token.visit)
            outcome = call(node, context, signal, handle)
            if context.notes:
                for text in context.notes:
                    self.progress.note(token, text)
            if isinstance(outcome, Leave):
                if outcome.handle == "failed":
                    return self._fail(token, node, outcome.output)
                for change in outcome.changes:
                    self._change(token, change)
                return self._leave(token, node, outcome.handle, outcome.output, token.notes)
            if isinstance(outcome, Perform):
                answer = self._perform(token, node, outcome)
            elif isinstance(outcome, Wait):
                answer = self._wait(token, outcome)
            elif isinstance(outcome, Fail):
                error = {"kind": outcome.kind, "message": outcome.message}
                return self._fail(token, node, {"error": error})
            else:
                self._record(token, node, None, outcome.output, token.notes)
                self.end("exited", outcome.reason)
                return False
            if answer is None:
                return False
            signal, handle = answer

    def _fail(self, token: Token, node: Node, output: Mapping[str, Any]) -> bool:
        """Leave by `failed` where an edge leads on, else end the run."""
        if node.edges.get("failed") and "failed" in node.exits:
            return self._leave(token, node, "failed", output, token.notes)
        handle = "failed" if "failed" in node.exits else None
        self._record(token, node, handle, output, token.notes)
        message = output.get("error", {}).get("message")
        reason = f"{node.id}: {message}" if message else f"{node.id} failed"
        self.run.remember()
        self.end("failed", reason)
        return False

    def _change(self, token: Token, change: Change) -> None:
        if isinstance(change, SetAttributes) and self.world.customer is not None:
            self.world.customer.set(change.values)
        self.progress.changes.append(Changed(token.number, token.node, token.visit, change))

    # --- Waiting ------------------------------------------------------------------------------

    def _wait(self, token: Token, wait: Wait) -> tuple[Decided, str | None] | None:
        """Park the token; an approval may be decided on the spot by the answerer."""
        token.kind = "approval" if wait.ask else "event" if wait.event else "time"
        token.deadline = wait.until
        token.event, token.where = wait.event, wait.where
        ask = wait.ask
        token.ask = None if ask is None else {"of": ask.of, "draft": ask.draft, "by": ask.by}
        waiting = self.progress.open(token)
        signal = self.answerer.ask(waiting) if self.answerer and ask else None
        if signal is None:
            return None
        self.progress.close(token, "decision", signal.decided)
        return signal.decided, signal.handle

    def _perform(
        self, token: Token, node: Node, perform: Perform
    ) -> tuple[Answered, str | None] | None:
        """Put the effect out; the answerer may give its result on the spot."""
        effect = self.progress.perform(token, node, perform)
        answered = self.answerer.effect(effect) if self.answerer else None
        if answered is None:
            token.kind = "effect"
            self.progress.open(token)
            return None
        return answered, answered.handle

    # --- Leaving ------------------------------------------------------------------------------

    def _visit(self, token: Token, node: Node) -> bool:
        """Begin a visit; False when the run has gone too far and was ended."""
        run = self.run
        if run.moves >= MOST_VISITS or len(run.tokens) > MOST_VISITS:
            self.end("failed", f"{node.id}: stopped after {MOST_VISITS:,} visits")
            return False
        run.moves += 1
        token.visit = run.visits[node.id] = run.visits.get(node.id, 0) + 1
        self.progress.arrivals.append(node.id)
        return True

    def _leave(
        self,
        token: Token,
        node: Node,
        handle: str,
        output: Mapping[str, Any],
        notes: tuple[str, ...],
    ) -> bool:
        """Record the step and send the token along the handle's edges; whether it can move again
        itself.
        """
        self._record(token, node, handle, output, notes)
        targets = node.edges.get(handle, ())
        if len(targets) == 1:
            token.node = targets[0]
            token.visit = 0
            token.notes = ()  # whatever it waited for was put away by `Progress.close`
            return True
        children = [self._new_token(t).number for t in targets]
        del self.run.tokens[token.number]
        if self._joins is not None:
            self._joins.split(token.number, children)
        for number in children:
            heappush(self._ready, number)
        return False

    def _record(
        self,
        token: Token,
        node: Node,
        handle: str | None,
        output: Mapping[str, Any],
        notes: tuple[str, ...],
    ) -> None:
        number, visit = token.number, token.visit
        step = Step(self.world.now, number, node.id, node.type.type, visit, handle, output, notes)
        self.run.outputs[node.id] = output
        self.progress.steps.append(step)
        self.progress.log.append(step)

    def _new_token(self, node: str) -> Token:
        run = self.run
        token = run.tokens[run.next_token] = Token(run.next_token, node)
        run.next_token += 1
        return token

    def _end_token(self, token: Token) -> None:
        del self.run.tokens[token.number]
        if self._joins is not None:
            self._joins.ended(token.number)
