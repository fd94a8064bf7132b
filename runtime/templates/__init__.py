"""Liquid texts: checking them, and rendering them within limits. Nothing here reads a clock."""

from runtime.templates.render import TemplateFailed, check, parts, render, variables

__all__ = ["TemplateFailed", "check", "parts", "render", "variables"]
