"""Collects the problems of one validation."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.journey.problems import Problem, Severity, shown

MOST_PROBLEMS = 500


@dataclass(slots=True)
class Report:
    """At most MOST_PROBLEMS; what comes after is counted."""

    problems: list[Problem] = field(default_factory=list[Problem])
    more: int = 0
    # How people call the nodes, {id: title}. Empty: by their ids.
    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    # What is put here from now on, before it is sifted; None: nobody asks.
    taken: list[Problem] | None = None
    _last: deque[tuple[str | None, ...]] = field(default_factory=lambda: deque(maxlen=50))

    def add(
        self,
        node: str | None,
        path: str,
        message: str,
        code: str,
        *,
        severity: Severity = "error",
        about: str | None = None,
    ) -> None:
        self.put(Problem(node, path, severity, message, code, about))

    def begin(self) -> list[Problem] | None:
        """From now on what is said is noted; gives what `end` has to put back."""
        before, self.taken = self.taken, []
        return before

    def end(self, before: list[Problem] | None) -> list[Problem]:
        """What was said since, the same again and what was too much included."""
        said, self.taken = self.taken or [], before
        return said

    def put(self, problem: Problem) -> None:
        """One more problem, unless it was said a moment ago."""
        if self.taken is not None:
            self.taken.append(problem)
        said = (
            problem.path,
            problem.message,
            problem.code,
            problem.node,
            problem.severity,
            problem.about,
        )
        if said in self._last:
            return
        if len(self.problems) >= MOST_PROBLEMS:
            self.more += 1
        else:
            self.problems.append(problem)
            self._last.append(said)

    def warn(
        self, node: str | None, path: str, message: str, code: str, about: str | None = None
    ) -> None:
        self.add(node, path, message, code, severity="warning", about=about)

    def named(self, node: str) -> str:
        """The node as the reader knows it: by its title on screen, by its id elsewhere."""
        return shown(self.titles.get(node, node))

    def done(self, order: Mapping[str, int]) -> list[Problem]:
        """The document's problems first, then each node's in the order of the document."""
        found = sorted(self.problems, key=lambda p: -1 if p.node is None else order.get(p.node, -1))
        if self.more:
            message = f"There are {self.more} more problems: mend the first ones and check again."
            found.append(Problem(None, "", "error", message, "more_problems"))
        return found
