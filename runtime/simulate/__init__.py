"""The simulator: a journey on a virtual clock, with scripted answers, that sends nothing."""

from runtime.simulate.inputs import BadInput
from runtime.simulate.simulator import simulate

__all__ = ["BadInput", "simulate"]
