"""What checks remember belongs to one check at a time, and stays small."""

from __future__ import annotations

import pytest

from runtime.facade.memories import MOST, MOST_TEXT, Memories


def test_the_next_check_of_a_journey_gets_what_the_last_one_had() -> None:
    memories = Memories()
    with memories.of("a", 10) as first:
        assert first is not None
        with memories.of("a", 10) as meanwhile, memories.of("b", 10) as other:
            assert meanwhile is None
            assert other is not first
    with memories.of("a", 10) as again:
        assert again is first


def test_what_was_left_half_way_is_not_used_again() -> None:
    memories = Memories()
    with pytest.raises(RuntimeError), memories.of("a", 10) as first:
        raise RuntimeError
    with memories.of("a", 10) as again:
        assert again is not None
        assert again is not first


def test_only_the_latest_are_kept_and_no_more_than_fits() -> None:
    memories = Memories()
    with memories.of("first", 10) as first:
        pass
    for n in range(MOST):
        with memories.of(f"n{n}", 10):
            pass
    with memories.of("first", 10) as again:
        assert again is not first
    with memories.of("large", MOST_TEXT), memories.of("first", 10) as third:
        assert third is not again
