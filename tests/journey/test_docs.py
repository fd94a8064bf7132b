"""The page about the format is true: its examples are checked, and it names what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from nodes.registry import node_types
from runtime.journey import document_checks, limits, operations, outline
from runtime.journey.condition_checks import check
from runtime.journey.condition_form import OPS
from tests.journey.documents import problems

PAGE = (Path(__file__).parents[2] / "docs/journey-format.md").read_text("utf-8")
BLOCKS = [json.loads(b) for b in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: next(iter(b)))
def test_the_examples_are_without_a_problem(block: dict[str, Any]) -> None:
    if "format" in block:
        assert problems(block) == []
    else:
        assert check(block, lambda _: None) == []


def test_there_is_a_journey_and_a_condition() -> None:
    assert [next(iter(b)) for b in BLOCKS] == ["format", "all"]


def test_every_operator_operation_setting_stage_and_mode_is_named() -> None:
    named = set(re.findall(r"`([a-z_.]+)`", PAGE))
    assert set(OPS) <= named
    assert set(operations._CHANGES) <= named
    assert {"reentry", "exit_when", "goal", "time_zone", "quiet_hours", "holdout"} <= named
    assert set(document_checks.REENTRY) <= named
    for stage in document_checks.STAGES:
        assert stage in PAGE


def test_the_limits_are_the_real_ones() -> None:
    text = " ".join(PAGE.split())
    assert f"{limits.MOST_BYTES // 2**20} MiB, {limits.MOST_DEPTH} levels" in text
    assert f"{limits.MOST_CONTAINERS:,} lists and objects" in text
    assert f"±{limits.MOST_INTEGER}" in text
    assert f"at most {outline.MOST_NODES:,} nodes and {outline.MOST_EDGES:,} edges" in text


def test_what_counts_as_a_wait_is_what_the_types_say() -> None:
    waiting = {t.type for t in node_types().values() if t.waits}
    sentence = PAGE.split("What counts as a wait in a loop:")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z]+\.[a-z_]+)`", sentence)) == waiting
