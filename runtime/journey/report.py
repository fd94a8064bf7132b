"""Collects the problems of one validation."""

from __future__ import annotations

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
        problem = Problem(node, path, severity, message, code, about)
        if problem in self.problems[-50:]:
            return
        if len(self.problems) >= MOST_PROBLEMS:
            self.more += 1
        else:
            self.problems.append(problem)

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
