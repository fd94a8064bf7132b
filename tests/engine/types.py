"""Node types for tests: they fail, crash, perform and wait on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nodes import fields
from nodes.registry import node_types
from nodes.spec import (
    FAILED,
    OUT,
    Answered,
    Context,
    End,
    Fail,
    Leave,
    NodeType,
    Outcome,
    Perform,
    SetAttributes,
    Signal,
    Wait,
)


@dataclass(frozen=True, kw_only=True)
class Config:
    do: str = fields.text("What to do", required=True)


def run(config: Config, ctx: Context) -> Outcome:
    match config.do:
        case "fail":
            return Fail("broken", "It broke.")
        case "crash":
            raise KeyError("oops")
        case "unknown handle":
            return Leave("sideways")
        case "not JSON":
            return Leave("out", {"made": {1, 2}})
        case "perform":
            return Perform("http", {"method": "GET", "url": "http://example.com"})
        case "wait for nothing":
            return Wait()
        case "wait an hour":
            return Wait(until=ctx.after("PT1H"))
        case "wait for an unnamed event":
            return Wait(event="surprise")
        case "update":
            return Leave("out", changes=(SetAttributes({"seen": True}),))
        case "leave by failed":
            return Leave("failed", {"error": {"kind": "own", "message": "By itself."}})
        case "say nothing":
            return None  # type: ignore[return-value]
        case "end":
            return End("enough", {"last": 1})
        case _:
            return Leave("out", {"customer": dict(ctx.customer or {}), "visit": ctx.visit})


def resume(config: Config, ctx: Context, signal: Signal) -> Outcome:
    if isinstance(signal, Answered) and signal.data.get("again"):
        return Perform("http", {})
    return Leave("out", {"ok": isinstance(signal, Answered) and signal.ok})


def _type(name: str, **more: Any) -> NodeType:
    return NodeType(
        type=name,
        category="action",
        title=name,
        icon="box",
        summary=name,
        help=name,
        config=Config,
        run=run,
        resume=resume,
        **more,
    )


def types() -> dict[str, NodeType]:
    """The real node types and those for tests."""
    own = [
        _type("test.plain"),
        _type("test.fails", handles=(OUT, FAILED), effect="repeatable"),
        _type("test.once", handles=(OUT, FAILED), effect="once"),
        _type("test.waits", waits=True),
    ]
    return {**node_types(), **{t.type: t for t in own}}
