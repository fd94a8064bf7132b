"""The pictures of journeys: every node and edge, inside the frame."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from builder.ui.thumbs import HEIGHT, WIDTH, Thumb, described, draw
from builder.ui.voice import Voice
from runtime.gallery import templates
from tests.builder.fakes import DOCUMENT


def inside(thumb: Thumb) -> bool:
    """Whether every shape starts within the picture."""
    for shape in thumb.shapes:
        x, y = map(float, re.findall(r"-?[\d.]+", shape.path)[:2])
        if not (0 <= x <= WIDTH and 0 <= y <= HEIGHT):
            return False
    return True


def test_every_node_is_a_shape_and_every_edge_a_line() -> None:
    thumb = draw(DOCUMENT)
    assert len(thumb.shapes) == len(DOCUMENT["nodes"])
    assert len(thumb.lines) == len(DOCUMENT["edges"])
    assert inside(thumb)


def test_doubt_and_timeouts_are_dashed() -> None:
    dashed = [line.dashed for line in draw(DOCUMENT).lines]
    handles = [edge["handle"] for edge in DOCUMENT["edges"]]
    assert [h for h, d in zip(handles, dashed, strict=True) if d] == ["unsure", "timed_out"]


def test_the_picture_says_itself_in_words() -> None:
    said = described(DOCUMENT, Voice(datetime.now(UTC), UTC))
    assert said.startswith("A journey of 12 nodes: 1 trigger, 2 AI steps, 4 logic steps, 5 actions")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"nodes": [], "edges": []},
        {"nodes": [{"id": "a", "type": "trigger.event"}], "edges": []},
        {
            "nodes": [{"id": "a", "type": "x"}, {"id": "b", "type": "logic.wait"}],
            "edges": [
                {"from": "a", "handle": "out", "to": "b"},
                {"from": "b", "handle": "out", "to": "a"},
                {"from": "b", "handle": "out", "to": "gone"},
            ],
        },
    ],
)
def test_odd_documents_are_drawn_too(document: dict[str, object]) -> None:
    assert inside(draw(document))


def test_the_whole_gallery_fits_its_frames() -> None:
    for template in templates():
        assert inside(draw(template.document)), template.slug
