"""Quick fixes: for each problem that a step can mend, the operations, with words for a button.

A fix is {label, ops}; the likeliest one comes first. `tests/journey/test_fixes.py` carries out
each of them and looks that its problem is gone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

from runtime.journey import fixes_document, fixes_fields, fixes_graph, fixes_names
from runtime.journey.fix_case import Case, Fix
from runtime.journey.problems import Problem

__all__ = ["Case", "Fix", "mended"]

MOST_FIXES = 5  # of one problem
MOST_MENDED = 100  # problems of one report: an edit waits for them

_FIXES: Mapping[str, Callable[[Case, Problem], Iterator[Fix]]] = {
    **fixes_graph.FIXES,
    **fixes_fields.FIXES,
    **fixes_names.FIXES,
    **fixes_document.FIXES,
}


def mended(found: list[Problem], case: Case) -> list[Problem]:
    """The problems with what mends them."""
    return [
        _with_fixes(problem, case) if index < MOST_MENDED else problem
        for index, problem in enumerate(found)
    ]


def _with_fixes(problem: Problem, case: Case) -> Problem:
    make = _FIXES.get(problem.code)
    if make is None:
        return problem
    fixes: list[Fix] = []
    for fix in make(case, problem):
        if fix not in fixes:
            fixes.append(fix)
        if len(fixes) == MOST_FIXES:
            break
    return dataclasses.replace(problem, fixes=tuple(fixes)) if fixes else problem
