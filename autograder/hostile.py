"""The hostile corpus: submissions that try to fool, stop or harm the grader, and the class that is made of them.

A file `<family>_<slug>.py` has a docstring header (`attack:`, `deserves: nothing | full`), and `CELL` (code for the
first solution cell), `tamper(folder)` (changes the submitted folder), or both.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import json
import re
import runpy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from . import notebooks
from .course import find_course
from .demo import handed_in
from .errors import CourseError
from .release import generate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbformat import NotebookNode

    from .course import Course, Lab

NAME = re.compile(r"^[a-z0-9]+_\w+\.py$")
_HEADER = re.compile(r"^(attack|deserves):\s*", re.MULTILINE)
BYSTANDER = "bystander"
EVERY = 5  # attacks between two bystanders
_TELLING = 14  # characters of a string literal from which on it tells whose it is
_COURSE = """
title = "Under attack"
course_id = "{course_id}"
labs = ["{lab}"]
coverage = []

[files]

[planned]
"""


@dataclass(frozen=True)
class Attack:
    """One submission of the hostile corpus.

    Attributes:
        name: file name without suffix, "hang_loop".
        about: what it tries, in words.
        honest: whether it comes with the right solutions and deserves full marks.
        cell: code for the first solution cell.
        tamper: changes the submitted folder.
    """

    name: str
    about: str
    honest: bool
    cell: str
    tamper: Callable[[Path], object] | None

    @property
    def words(self) -> set[str]:
        """String literals of its code that nobody else's results should hold."""
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            nodes = list(ast.walk(ast.parse(self.cell)))
            texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            return {text for text in texts if len(text) >= _TELLING and "\n" not in text}
        return set()


def read_attacks(folder: Path) -> list[Attack]:
    """Read a hostile corpus.

    Raises:
        CourseError: if a file is not of the form, or there is none.
    """
    attacks = [_read(path) for path in sorted(folder.glob("*.py")) if NAME.match(path.name)]
    if not attacks:
        raise CourseError(f"no hostile submissions (<family>_<slug>.py) in {folder}")
    return attacks


def _read(path: Path) -> Attack:
    try:
        found = runpy.run_path(str(path))
    except Exception as error:
        raise CourseError(f"{path.name}: {type(error).__name__}: {error}") from error
    parts = _HEADER.split(found.get("__doc__") or "")
    header = {name: " ".join(text.split()) for name, text in zip(parts[1::2], parts[2::2], strict=False)}
    if header.get("deserves") not in ("nothing", "full"):
        raise CourseError(f"{path.name}: expected `deserves: nothing` or `deserves: full` in its docstring")
    if "CELL" not in found and "tamper" not in found:
        raise CourseError(f"{path.name}: expected CELL, tamper(folder) or both")
    cell, tamper = str(found.get("CELL", "")), found.get("tamper")
    return Attack(path.stem, header.get("attack", ""), header["deserves"] == "full", cell, tamper)


# --- the class ---
@dataclass(frozen=True)
class Arena:
    """Where it happens: a cut-down copy of the course, a class, a folder for temporary files."""

    root: Path
    course: Course
    lab: Lab

    @property
    def workspace(self) -> Path:
        """The folder with `submitted/`."""
        return self.root / "class"

    @property
    def temporary(self) -> Path:
        """Where the grading process puts what it does not keep."""
        return self.root / "tmp"

    def submitted(self, student: str) -> Path:
        """A student's submission."""
        return self.workspace / "submitted" / student / self.lab.folder

    def page(self, student: str) -> Path:
        """A student's feedback page."""
        return self.workspace / "feedback" / student / self.lab.folder / f"{self.lab.folder}.html"

    def graded(self, student: str) -> Path:
        """A student's graded notebook."""
        return self.workspace / "autograded" / student / self.lab.folder / f"{self.lab.folder}.ipynb"


def make_arena(root: Path, course: Course, lab: Lab, *, whole: bool = False) -> Arena:
    """Copy a course with one lab, cut after its first exercise unless the whole of it is wanted."""
    source = lab.notebook()
    if not whole and len(lab.exercises) > 1:
        source = _first_exercise(source, lab)
    place = root / "course" / "solutions" / lab.folder / f"{lab.folder}.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text(nbformat.writes(source) + "\n", encoding="utf-8")
    (root / "course" / "labs").mkdir()
    about = _COURSE.format(course_id=course.course_id, lab=lab.folder)
    (root / "course" / "solutions" / "course.toml").write_text(about, encoding="utf-8")
    (root / "tmp").mkdir()
    copied = find_course(root / "course")
    return Arena(root, copied, copied.lab(lab.folder))


def _first_exercise(notebook: NotebookNode, lab: Lab) -> NotebookNode:
    """The notebook until its second exercise begins."""
    cut = copy.deepcopy(notebook)
    second = f"## Exercise {lab.exercises[1].id} "
    cut.cells = cut.cells[: next(place for place, cell in enumerate(cut.cells) if second in cell.source)]
    return cut


def write_class(arena: Arena, attacks: Sequence[Attack], every: int = EVERY) -> dict[str, Attack | None]:
    """Write all submissions; students in the order in which they are graded, None for a bystander.

    Raises:
        CourseError: if an attack cannot change its own submission.
    """
    blank = nbformat.reads(generate(arena.course, arena.lab.folder), as_version=4)
    solved = arena.lab.notebook()
    order: list[Attack | None] = [None]
    for place, attack in enumerate(attacks, start=1):
        order += [attack, None] if place % every == 0 or place == len(attacks) else [attack]
    students = {f"{place:03}-{one.name if one else BYSTANDER}": one for place, one in enumerate(order)}
    for student, one in students.items():
        folder = arena.submitted(student)
        folder.mkdir(parents=True)
        made = _answered(blank, solved, one)
        (folder / f"{arena.lab.folder}.ipynb").write_text(json.dumps(made), encoding="utf-8")
        if one is not None and one.tamper is not None:
            try:
                one.tamper(folder)
            except Exception as error:
                raise CourseError(f"{one.name}: tamper raised {type(error).__name__}: {error}") from error
    return students


def _answered(blank: NotebookNode, solved: NotebookNode, attack: Attack | None) -> NotebookNode:
    if attack is None or attack.honest:
        return handed_in(blank, solved, before=attack.cell if attack and attack.cell else None)
    if attack.cell and _defines_solution(attack.cell, blank):
        return handed_in(blank, blank, first=attack.cell)  # the stub would take its place again
    return handed_in(blank, blank, before=attack.cell or None)


def _defines_solution(code: str, blank: NotebookNode) -> bool:
    """Whether code defines a name of the first solution cell."""
    cell = next(cell for cell in blank.cells if cell.cell_type == "code" and notebooks.is_solution(cell))
    names = re.findall(r"^(?:async def|def|class) (\w+)", cell.source, re.MULTILINE)
    return any(re.search(rf"^(?:async def|def|class) {name}\b", code, re.MULTILINE) for name in names)


@dataclass
class Outcome:
    """How an attack on the grader went.

    Attributes:
        students: everybody in the class, with the attack that each one is; None for a bystander.
        rows: what `autograder grade` said of each.
        full: what an honest submission earns.
        harm: every trace of an attack outside its own submission, in words.
        wall_s: real seconds of the grading.
        late: whether it had to be ended at its time bound.
    """

    students: dict[str, Attack | None]
    rows: dict[str, dict[str, Any]]
    full: float
    harm: list[str] = field(default_factory=list)
    wall_s: float = 0.0
    late: bool = False

    @property
    def undeserved(self) -> dict[str, float]:
        """Points that were earned by nothing."""
        return {
            s: self._score(s) for s, attack in self.students.items() if attack and not attack.honest and self._score(s)
        }

    @property
    def lost(self) -> dict[str, float]:
        """Points that odd but honest submissions did not get."""
        short = {s: self.full - self._score(s) for s, attack in self.students.items() if attack and attack.honest}
        return {student: points for student, points in short.items() if points}

    @property
    def unfinished(self) -> list[str]:
        """Students without a row."""
        return [student for student in self.students if student not in self.rows]

    @property
    def harmed(self) -> list[str]:
        """Bystanders without full marks, in words, and all other harm."""
        short = {
            s: self._score(s) for s, attack in self.students.items() if attack is None and self._score(s) != self.full
        }
        return [*(f"{student}: {score:g} of {self.full:g} points" for student, score in short.items()), *self.harm]

    def figures(self) -> dict[str, float]:
        """The figures that count; all but the first should be 0."""
        return {
            "submissions": sum(attack is not None for attack in self.students.values()),
            "undeserved_points": sum(self.undeserved.values()),
            "lost_points": sum(self.lost.values()),
            "unfinished": len(self.unfinished),
            "bystanders_harmed": len(self.harmed),
        }

    def _score(self, student: str) -> float:
        return float(self.rows.get(student, {}).get("score", 0.0))
