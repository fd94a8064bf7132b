"""Liquid texts: checking them, and rendering them within limits. Nothing here reads a clock."""

from runtime.templates.places import Remedy, Wrong
from runtime.templates.render import TemplateFailed, check, parts, problems, render, variables
from runtime.templates.shared import budget

__all__ = [
    "Remedy",
    "TemplateFailed",
    "Wrong",
    "budget",
    "check",
    "parts",
    "problems",
    "render",
    "variables",
]
