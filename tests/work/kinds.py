"""Node types that only tests need: one that calls back while a run is carried, one that kills."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nodes import fields
from nodes.registry import node_types
from nodes.spec import Answered, Context, Leave, NodeType, Outcome, Perform, Signal


@dataclass(frozen=True, kw_only=True, slots=True)
class Empty:
    """No config."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Victim:
    """Who kills the process."""

    customer: str = fields.text("Customer", required=True)


def with_probe(call: Callable[[], None]) -> Mapping[str, NodeType]:
    """All types, and `test.probe`, which calls back when a run passes it."""

    def run(config: Empty, ctx: Context) -> Outcome:
        call()
        return Leave("out")

    probe = NodeType("test.probe", "logic", "Probe", "eye", "", "", Empty, run)
    return {**node_types(), "test.probe": probe}


def with_killer() -> Mapping[str, NodeType]:
    """All types, and `test.kill`, which ends the process for one customer."""

    def run(config: Victim, ctx: Context) -> Outcome:
        if (ctx.customer or {}).get("id") == config.customer:
            os.kill(os.getpid(), signal.SIGKILL)
        return Leave("out")

    kill = NodeType("test.kill", "logic", "Kill", "skull", "", "", Victim, run)
    return {**node_types(), "test.kill": kill}


def with_once() -> Mapping[str, NodeType]:
    """All types, and `test.once`, whose effect is sent at most once."""

    def run(config: Empty, ctx: Context) -> Outcome:
        return Perform("http", {"method": "POST", "url": "http://sink.test/"})

    def resume(config: Empty, ctx: Context, signal: Signal) -> Outcome:
        assert isinstance(signal, Answered)
        return Leave("out", {"ok": signal.ok, "error": dict(signal.error or {})})

    once = NodeType(
        "test.once", "action", "Once", "send", "", "", Empty, run, resume, effect="once"
    )
    return {**node_types(), "test.once": once}


def aside(call: Callable[[], object]) -> None:
    """Call it in a thread of its own and wait."""
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
