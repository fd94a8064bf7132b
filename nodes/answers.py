"""What the nodes that perform something share: reading the `Answered` that comes back."""

from __future__ import annotations

from nodes.spec import Answered, Fail, Leave, Outcome, Signal


def settled(signal: Signal) -> Outcome | Answered:
    """The outcome when it needs no reading (it failed, or a script chose the way), else the
    answer.
    """
    if not isinstance(signal, Answered):
        return Fail("error", "The step was resumed without an answer. Report this as a fault.")
    if signal.handle:
        output = {"error": dict(signal.error)} if signal.error else dict(signal.data)
        return Leave(signal.handle, output)
    if not signal.ok:
        error = signal.error or {}
        return Fail(
            error.get("kind", "error"), error.get("message", "It did not work, without a reason.")
        )
    return signal


def number(value: object, default: float) -> float:
    """`value` if it is a number between 0 and 1, else the default."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return default
    return float(value) if 0 <= value <= 1 else default
