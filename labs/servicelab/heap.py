"""What holds the memory: snapshots of all that was allocated since one began to look, and what grew between two.

Python's `tracemalloc` notes the stack of every allocation. That makes a program two to four times slower, so it is
switched on when somebody asks, and `stop()` switches it off.
"""

from __future__ import annotations

import gc
import linecache
import tracemalloc
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .flame import amount
from .places import is_library
from .profiles import Frame, Profile, Stack

if TYPE_CHECKING:
    from collections.abc import Callable

DEPTH = 16


@dataclass(frozen=True)
class Growth:
    """What has grown between two snapshots.

    Attributes:
        place: the line of source that allocated it, `file:line`.
        code: the line itself, if it can be read.
        size: bytes more than before.
        count: objects more than before.
    """

    place: str
    code: str
    size: int
    count: int

    def __str__(self) -> str:
        return f"+{amount(self.size, 'bytes')} in {self.count:+,} objects  {self.place}  {self.code}".rstrip()


def start() -> None:
    """Begin to note allocations, unless that goes on already."""
    if not tracemalloc.is_tracing():
        tracemalloc.start(DEPTH)


def stop() -> None:
    """Note no more allocations, and forget all."""
    tracemalloc.stop()


def snapshot() -> tracemalloc.Snapshot:
    """All that has been allocated since `start()` and is still there; without it, that begins now."""
    start()
    gc.collect()  # what is garbage is no leak
    own = [tracemalloc.Filter(False, file) for file in (tracemalloc.__file__, __file__)]
    return tracemalloc.take_snapshot().filter_traces(own)


def heap_profile() -> Profile:
    """The memory in use, by the stack that allocated it, as a profile."""
    weights: Counter[Stack] = Counter()
    for one in snapshot().statistics("traceback"):
        stack = tuple(
            Frame(f"{_short(frame.filename)}:{frame.lineno}", frame.filename, frame.lineno) for frame in one.traceback
        )
        weights[stack] += one.size
    return Profile(weights, unit="bytes", kind="heap")


def growth(before: tracemalloc.Snapshot, after: tracemalloc.Snapshot, most: int = 5) -> list[Growth]:
    """What has grown between two snapshots, the most first.

    Each allocation counts for the innermost line that is not a library's: the place that can be mended.
    """
    found = Counter(_by_place(after))
    counts = _counts(after)
    found.subtract(_by_place(before))
    former = _counts(before)
    rows = [(place, size) for place, size in found.most_common() if size > 0]
    return [
        Growth(f"{_short(file)}:{line}", _code(file, line), size, counts[file, line] - former[file, line])
        for (file, line), size in rows[:most]
    ]


def _by_place(taken: tracemalloc.Snapshot) -> Counter[tuple[str, int]]:
    found: Counter[tuple[str, int]] = Counter()
    for one in taken.statistics("traceback"):
        found[_place(one.traceback)] += one.size
    return found


def _counts(taken: tracemalloc.Snapshot) -> Counter[tuple[str, int]]:
    found: Counter[tuple[str, int]] = Counter()
    for one in taken.statistics("traceback"):
        found[_place(one.traceback)] += one.count
    return found


def _place(frames: tracemalloc.Traceback) -> tuple[str, int]:
    """The innermost line that is nobody's library; the frames come outermost first."""
    for frame in reversed(frames):
        file = frame.filename.replace("\\", "/")
        if not is_library(frame.filename) and "/servicelab/" not in file and file != "<unknown>":
            return frame.filename, frame.lineno
    return frames[-1].filename, frames[-1].lineno


def _short(path: str) -> str:
    """The file's name; for a cell of a notebook, `cell`: its file is another one in every run."""
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    return "cell" if "ipykernel_" in path or name.startswith("<ipython") else name


def _code(file: str, line: int) -> str:
    return linecache.getline(file, line).strip()


@dataclass(frozen=True)
class Allocated:
    """What a function has allocated.

    Attributes:
        size: bytes that its value holds.
        count: objects and tables that these are.
        peak: the most bytes at the same time.
    """

    size: int
    count: int
    peak: int


def allocated(fn: Callable[[], object]) -> Allocated:
    """Call a function and measure what it allocates."""
    tracemalloc.stop()
    tracemalloc.start(1)
    try:
        value = fn()
        size, peak = tracemalloc.get_traced_memory()
        count = sum(one.count for one in tracemalloc.take_snapshot().statistics("filename"))
        del value
    finally:
        tracemalloc.stop()
    return Allocated(size, count, peak)
