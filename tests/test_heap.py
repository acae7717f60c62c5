"""What holds the memory."""

from __future__ import annotations

import tracemalloc

import pytest

from servicelab import heap


@pytest.fixture(autouse=True)
def stopped():
    yield
    heap.stop()


def test_growth_names_the_line_that_allocated_what_is_still_there():
    before = heap.snapshot()
    kept = [bytes(10_000) for _ in range(100)]  # this one
    found = heap.growth(before, heap.snapshot(), most=1)
    assert [one.code for one in found] == ["kept = [bytes(10_000) for _ in range(100)]  # this one"]
    assert found[0].place.startswith("test_heap.py:")
    assert found[0].size >= 1_000_000
    assert found[0].count >= len(kept)


def test_what_is_freed_again_is_no_growth():
    before = heap.snapshot()
    bytes(1_000_000)
    assert all(one.size < 500_000 for one in heap.growth(before, heap.snapshot()))


def test_a_growth_is_told_in_one_line():
    assert (
        str(heap.Growth("cell:3", "cache[key] = value", 2048, 7)) == "+2 kB in +7 objects  cell:3  cache[key] = value"
    )


def test_the_heap_profile_weighs_stacks_in_bytes():
    heap.start()
    kept = bytearray(3_000_000)
    profile = heap.heap_profile()
    assert (profile.unit, profile.kind) == ("bytes", "heap")
    largest, weight = profile.weights.most_common(1)[0]
    assert weight >= len(kept)
    assert largest[-1].name.startswith("test_heap.py:")


def test_allocated_measures_what_is_held_and_the_most_at_one_moment():
    held = heap.allocated(lambda: bytes(100_000))
    passing = heap.allocated(lambda: len(bytes(100_000)))
    assert held.size >= 100_000 <= passing.peak
    assert passing.size < 10_000
    assert held.count >= 1


def test_allocated_notes_nothing_afterwards():
    heap.allocated(list)
    assert not tracemalloc.is_tracing()
