"""Find solutions, hidden tests and mark schemes where students can read them.

Theory of operation.

1. The *secrets* of a source notebook are the lines in its solution regions, hidden tests and mark schemes, and the
   whole of a manually graded answer that has no region.
2. A line that the same notebooks show in public anyway gives nothing away; nor does a very short one (`try:`).
3. A file leaks if one of its lines is a secret, or if a long secret stands inside of one (a metadata string, HTML).
4. The library in `labs/servicelab` is written in the same idioms as the solutions: there, three secret lines of one
   region in a row are a leak, one is not.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from . import notebooks
from .course import Course
from .findings import Finding

SHORTEST = 12
LONG = 30
RUN = 3


@dataclass(frozen=True)
class Secret:
    """One region that students must not see."""

    kind: str
    cell: str
    lines: tuple[str, ...]
    """Stripped, without empty lines."""


@dataclass(frozen=True)
class Secrets:
    """All that students must not see."""

    regions: tuple[Secret, ...]
    lines: Mapping[str, Secret]
    """The lines that give something away by themselves."""

    def leak(self, text: str) -> Secret | None:
        """Return a secret of which a line stands in the text, or None."""
        lines = {line.strip() for line in text.splitlines()}
        for line, secret in self.lines.items():
            if line in lines or (len(line) >= LONG and line in text):
                return secret
        return None

    def run(self, text: str) -> Secret | None:
        """Return a secret of which three lines in a row stand in the text, or None."""
        lines = _stripped(text.splitlines())
        windows = set(zip(*(lines[shift:] for shift in range(RUN)), strict=False))
        for secret in self.regions:
            for window in zip(*(secret.lines[shift:] for shift in range(RUN)), strict=False):
                if window in windows and any(line in self.lines for line in window):
                    return secret
        return None


def secrets_of(cells: Iterable[NotebookNode]) -> Iterator[Secret]:
    """Yield the secrets of source cells."""
    for cell in cells:
        for mark, kind in _KINDS.items():
            for region in notebooks.regions(cell.source, mark):
                yield Secret(kind, cell.id, _stripped(region.lines))
        if notebooks.is_solution(cell) and not notebooks.regions(cell.source, notebooks.SOLUTION):
            yield Secret("solution", cell.id, _stripped(cell.source.split("\n")))


def public_source(cell: NotebookNode) -> str:
    """Return what of a source cell the student gets to see."""
    lines = cell.source.split("\n")
    if notebooks.is_solution(cell) and not notebooks.regions(cell.source, notebooks.SOLUTION):
        return ""
    for mark in _KINDS:
        for region in notebooks.regions(cell.source, mark):
            lines[region.first : region.last + 1] = [""] * (region.last + 1 - region.first)
    return "\n".join(lines)


def collect(sources: Iterable[NotebookNode]) -> Secrets:
    """Return the secrets of source notebooks."""
    cells = [cell for notebook in sources for cell in notebook.cells]
    regions = tuple(secrets_of(cells))
    public = {line.strip() for cell in cells for line in public_source(cell).split("\n")}
    shown = "\n".join(public)
    telling = {
        line: secret
        for secret in regions
        for line in secret.lines
        if len(line) >= SHORTEST and line not in public and not (len(line) >= LONG and line in shown)
    }
    return Secrets(regions, telling)


def leaks_in_notebook(text: str, secrets: Secrets, file: str, mend: str) -> Iterator[Finding]:
    """Yield the leaks of a student's notebook: source, outputs and metadata of each cell, and its own metadata."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        document = {"text": text}
    for cell in document.pop("cells", None) or ():
        if secret := secrets.leak("\n".join(_strings(cell))):
            yield _finding(file, str(cell.get("id", "cell")), secret, mend)
    if secret := secrets.leak("\n".join(_strings(document))):
        yield _finding(file, "notebook", secret, mend)


def leaks_in_folder(course: Course, secrets: Secrets, skip: Iterable[Path] = ()) -> Iterator[Finding]:
    """Yield the leaks of all files under `labs/`, but not of those to skip."""
    skipped = set(skip)
    library = course.labs_folder / "servicelab"
    for path in sorted(course.labs_folder.rglob("*")):
        if path in skipped or not path.is_file() or "__pycache__" in path.parts:
            continue
        text = html.unescape(path.read_bytes().decode("utf-8", errors="replace"))
        file = course.relative(path)
        if path.suffix == ".ipynb":
            yield from leaks_in_notebook(text, secrets, file, f"rm '{file}'")
        elif secret := secrets.run(text) if path.is_relative_to(library) else secrets.leak(text):
            yield _finding(file, "file", secret, f"rm '{file}', or take the lines out")


_KINDS = {
    notebooks.SOLUTION: "solution",
    notebooks.HIDDEN_TESTS: "hidden test",
    notebooks.MARK_SCHEME: "mark scheme",
}


def _finding(file: str, cell: str, secret: Secret, mend: str) -> Finding:
    """Return the finding; it names the secret's cell, not its text."""
    return Finding(file, cell, "leak", f"holds a line of the {secret.kind} in cell {secret.cell}", mend)


def _stripped(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines without indentation, and without empty ones."""
    return tuple(line.strip() for line in lines if line.strip())


def _strings(value: Any) -> Iterator[str]:
    """Yield all strings in a JSON value, keys included; a list of lines as one string."""
    if isinstance(value, str):
        yield html.unescape(value)
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield html.unescape("".join(value))
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _strings(item)
