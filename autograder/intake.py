"""Pre-flight of a submitted folder: from whatever a student handed in to a clean notebook, or a reason in plain words.

Theory of operation
===================
1. The folder is hostile until shown otherwise: files are opened without following links and without waiting, their
   sizes are bounded before they are read, JSON is bounded in depth. `examine` never raises.
2. Whose notebook it is decides the name, else the cells that it holds; what is not part of the assignment is left out.
3. From the cells that it holds the notebook to grade is built anew (`mending`).
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbgrader.utils import parse_utc

from servicelab.sharing import SHARED

from .mending import grade_id_of, mend
from .strict import Malformed, NotAPlainFile, TooLarge, read_file, scrub
from .submitted import Cell, cells_of, read_document

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from nbformat import NotebookNode

MAX_FILE_BYTES = 5 << 20
MAX_FILES = 1000
MAX_SMALL_BYTES = 64 << 10
STAMP = "timestamp.txt"
NOTED = (STAMP, "submission_secret.txt")  # by nbgrader's exchange; feedback is given back by the secret
NO_TIME = "the time stamp could not be read and was left out: whether it is late is for you to say"
TOLERATED = (*NOTED, ".ipynb_checkpoints", SHARED)


@dataclass(frozen=True)
class Intake:
    """What the pre-flight of one submission gave.

    Attributes:
        status: "ok", "renamed" (accepted, to be looked at), "missing", "corrupt", "too large", "not a file",
            "unrecognised" or "ambiguous".
        reason: why it is not "ok", in plain words; empty if it is.
        notebook: ready for grading; None if the submission cannot be graded.
        name: file name of the notebook that was taken.
        repairs: what was mended, in plain words.
        ignored: names of files that are not part of the assignment and were left out.
        files: contents of the assignment's other files.
    """

    status: str
    reason: str = ""
    notebook: NotebookNode | None = None
    name: str | None = None
    repairs: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether there is a notebook to grade."""
        return self.notebook is not None


class _Refused(Exception):  # noqa: N818
    """Raised when a submission cannot be graded."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def examine(folder: Path, *, name: str, source: NotebookNode, known: Collection[str] = ()) -> Intake:
    """Look at one submitted folder; never raises, whatever is in it.

    Args:
        folder: what was handed in.
        name: file name of the notebook, "00-first-nursery.ipynb".
        source: the notebook that locked cells come from.
        known: names of the assignment's other files.
    """
    try:
        return _examine(folder, name, source, known)
    except _Refused as refused:
        return Intake(refused.status, refused.reason)
    except Exception as error:  # the student's folder must not stop the class
        return Intake("corrupt", f"it could not be read ({type(error).__name__}: {shown(error)})")


def _examine(folder: Path, name: str, source: NotebookNode, known: Collection[str]) -> Intake:
    with _opened(folder) as fd:
        names = _names(fd)
        taken, status, reason = _choose(fd, names, name, source)
        cells = _read(fd, taken)
        if not _ours(cells, source):
            raise _Refused("unrecognised", f"{shown(taken)} holds no cell of this assignment")
        stamps = () if _has_time(fd, names) else (NO_TIME,)
        files = {other: data for other in names if other in known for data in _small_file(fd, other)}
        notebook, repairs = mend(cells, source)
    ignored = tuple(shown(other) for other in names if other not in (taken, *files, *TOLERATED))
    return Intake(status, reason, notebook, taken, (*repairs, *stamps), ignored, files)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _Refused("missing", "nothing was handed in") from None
    except OSError as error:
        raise _Refused("not a file", f"what was handed in is not a folder ({error.strerror})") from None
    try:
        yield fd
    finally:
        os.close(fd)


def _names(fd: int) -> list[str]:
    names = []
    with os.scandir(fd) as entries:
        for entry in entries:
            names.append(entry.name)
            if len(names) > MAX_FILES:
                raise _Refused("too large", f"the folder holds more than {MAX_FILES:,} files")
    return sorted(names)


def _choose(fd: int, names: list[str], name: str, source: NotebookNode) -> tuple[str, str, str]:
    """The notebook to take, with the status and the reason that come with it."""
    if name in names:
        return name, "ok", ""
    ours = [other for other in names if other.lower().endswith(".ipynb") and _is_ours(fd, other, source)]
    if not ours:
        raise _Refused("missing", f"there is no {name} among the files handed in")
    if len(ours) > 1:
        raise _Refused("ambiguous", f"there is no {name}, but {len(ours)} others: {', '.join(map(shown, ours))}")
    return ours[0], "renamed", f"the notebook was handed in as {shown(ours[0])}, not as {name}"


def _is_ours(fd: int, name: str, source: NotebookNode) -> bool:
    try:
        return _ours(_read(fd, name), source)
    except _Refused:
        return False


def _read(fd: int, name: str) -> list[Cell]:
    try:
        return cells_of(read_document(fd, name))
    except TooLarge as error:
        raise _Refused("too large", f"{shown(name)}: {error}") from None
    except NotAPlainFile as error:
        raise _Refused("not a file", f"{shown(name)}: {error}") from None
    except Malformed as error:
        raise _Refused("corrupt", f"{shown(name)}: {error}") from None


def _small_file(fd: int, name: str) -> list[bytes]:
    """The file, or nothing if it is no plain small file."""
    try:
        return [read_file(fd, name, MAX_FILE_BYTES)]
    except Malformed:
        return []


def _has_time(fd: int, names: Collection[str]) -> bool:
    """Whether there is no time stamp, or one that nbgrader can read."""
    try:
        return STAMP not in names or is_time(read_file(fd, STAMP, MAX_SMALL_BYTES))
    except Malformed:
        return False


def is_time(data: bytes) -> bool:
    """Whether nbgrader can read a time stamp; where it cannot, it refuses the whole submission."""
    try:
        parse_utc(data.decode().strip())
    except Exception:  # dateutil has many
        return False
    return True


def small_file(folder: Path, name: str) -> bytes:
    """A small plain file of a submitted folder; a time stamp is one.

    Raises:
        Malformed: if there is none.
    """
    try:
        with _opened(folder) as fd:
            data = read_file(fd, name, MAX_SMALL_BYTES)
    except _Refused as refused:
        raise Malformed(refused.reason) from None
    if name == STAMP and not is_time(data):
        raise Malformed("it is no time stamp")
    return data


def shown(text: object) -> str:
    """A name as it may be shown: short, one line, no surrogates."""
    return str(scrub(repr(str(text))))[1:-1][:100]


def _ours(cells: list[Cell], source: NotebookNode) -> bool:
    """Whether cells come from this assignment: by grade id, else by several of the cell ids."""
    grade_ids = {grade_id for cell in source.cells if (grade_id := grade_id_of(cell)) is not None}
    ids = {cell.get("id") for cell in source.cells}
    return any(cell.grade_id in grade_ids for cell in cells) or sum(cell.id in ids for cell in cells) >= 3
