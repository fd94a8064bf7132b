"""Plain words for texts that anybody may have written."""

from __future__ import annotations

import pytest

from nodes.actions import create_task
from runtime.facade import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hi {{ customer.first_name }}!", "Hi first name!"),
        ("{{- steps.a.main_topic | default: 'it' -}} now", "main topic now"),
        ("a{% if customer.x %} b {% endif %}c", "a b c"),
        ("{ no } {{ Liquid", "{ no } {{ Liquid"),
    ],
)
def test_liquid_is_read_aloud(text: str, said: str) -> None:
    assert words.plain(text) == said


@pytest.mark.parametrize(
    "text", ["{{" + " " * 100_000, "{{" * 50_000, "{{|" * 30_000, "{%" * 50_000]
)
def test_a_name_that_looks_like_liquid_does_not_keep_the_studio_busy(text: str) -> None:
    said = words.told(create_task.NODE, {}, {"title": f"Call {text}"}, "out")
    assert said is not None
    assert said.startswith("Made a task: Call {")
