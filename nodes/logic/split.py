"""Sends customers down several ways by chance; the same customer always goes the same way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nodes import fields
from nodes.spec import Context, Example, Fail, HandlesOf, Json, Leave, NodeType, Outcome

ORDER = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    ways: Sequence[Mapping[str, Json]] = fields.listing(
        "Ways",
        {
            "handle": fields.slug("Name", required=True, placeholder="short"),
            "weight": fields.number("Share", required=True, least=0, most=1_000_000),
        },
        required=True,
        most=20,
    )
    name: str | None = fields.text(
        "Name of the test",
        most=100,
        placeholder="subject-line",
        help="Splits with the same name send a customer the same way. Empty: only this node.",
    )


def run(config: Config, ctx: Context) -> Outcome:
    name = config.name or ctx.node_id
    drawn = [
        (_time(ctx.share("split", name, way["handle"]), way["weight"]), place)
        for place, way in enumerate(config.ways)
        if way["weight"] > 0
    ]
    if not drawn:
        return Fail("no_share", "Every way has a share of 0. Give at least one way a share.")
    return Leave(config.ways[min(drawn)[1]]["handle"])


def check(config: Config) -> list[tuple[str, str]]:
    if any(way["weight"] > 0 for way in config.ways):
        return []
    return [(".ways", "Every way has a share of 0: give at least one way a share.")]


def _time(share: float, weight: float) -> float:
    """When this way's alarm rings: weights are rates, the first to ring wins. Changing one weight
    so moves customers only to or from that way (weighted rendezvous hashing).
    """
    return -math.log(1.0 - share) / weight


NODE = NodeType(
    type="logic.split",
    category="logic",
    title="Split test",
    icon="shuffle",
    summary="Try several ways on a share of the customers each",
    help="""Sends customers down the ways in proportion to their shares (50 and 50, or 1 and 9). The
same customer always goes the same way, also on a second visit, and changing a share moves as few
customers as possible.""",
    config=Config,
    run=run,
    check=check,
    handles=(HandlesOf("ways", "handle"),),
    sentences=("Sends customers by chance to {ways|names}", "Add the ways to try"),
    told={},
    examples=(
        Example(
            "Everybody goes the only way with a share",
            {
                "ways": [{"handle": "short", "weight": 0}, {"handle": "long", "weight": 100}],
                "name": "subject-line",
            },
            Leave("long"),
        ),
        Example(
            "No way has a share",
            {"ways": [{"handle": "short", "weight": 0}], "name": "subject-line"},
            Fail("no_share", "Every way has a share of 0. Give at least one way a share."),
        ),
    ),
)
