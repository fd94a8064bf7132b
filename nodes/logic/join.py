"""Brings branches that run at the same time together again."""

from __future__ import annotations

from dataclasses import dataclass

from nodes import fields
from nodes.spec import Example, JoinRule, Leave, NodeType

ORDER = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    mode: str | int = fields.either(
        "Go on after",
        [
            {"type": "string", "enum": ["all", "any"]},
            {"type": "integer", "minimum": 1, "maximum": 1000},
        ],
        default="all",
        help="“all” waits for every branch that can still come; a number for so many.",
    )


def rule(config: Config) -> JoinRule:
    if config.mode == "any":
        return JoinRule("any")
    return JoinRule(config.mode if isinstance(config.mode, int) else "all")


NODE = NodeType(
    type="logic.join",
    category="logic",
    title="Join branches",
    icon="merge",
    summary="Go on when the branches have come together",
    help="""Waits until **all** branches that can still come have come, or goes on with the first
(**any**), or with a number of them. Branches that come later end here quietly.""",
    config=Config,
    join=rule,
    sentences=("Goes on after {mode} of the branches", "Goes on after all of the branches"),
    told={"out": "The branches came together"},
    examples=(
        Example("All branches", {"mode": "all"}, Leave("out")),
        Example("The first branch", {"mode": "any"}, Leave("out")),
        Example("One is enough", {"mode": 1}, Leave("out")),
    ),
)
