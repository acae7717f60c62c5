"""The corpus: wrong and right submissions, a file each, that show what the checks are worth.

`DIR/<lab folder>/<exercise>/wrong_<slug>.py` and `right_<slug>.py`; a file replaces the exercise's solution cells. Its
docstring has a header: `misconception:`, `fails:` (check ids) and `says:` (what the student must read) for a wrong one,
`approach:` for a right one. A corpus from outside may leave out `fails:` and `says:`.
"""

from __future__ import annotations

import ast
import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import CourseError
from .proof import grade_id_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nbformat import NotebookNode

    from .course import Lab

NAME = re.compile(r"^(?P<kind>wrong|right)_(?P<slug>\w+)\.py$")
_HEADER = re.compile(r"^(misconception|fails|says|approach):\s*", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One submission of the corpus.

    Attributes:
        lab: folder of the lab, "00-first-nursery".
        exercise: "0.2".
        name: file name without suffix, "wrong_error_wins".
        source: its code.
        fails: ids of the checks that must fail; empty if the header does not say.
        says: a fragment of the message that the student must read; empty likewise.
        about: the misconception or the approach, in words.
    """

    lab: str
    exercise: str
    name: str
    source: str
    fails: tuple[str, ...]
    says: str
    about: str

    @property
    def right(self) -> bool:
        """Whether it deserves full marks."""
        return self.name.startswith("right_")

    def names(self, failing: Mapping[str, str]) -> bool:
        """Whether a wrong submission's failing checks, id and message, are those that its header tells.

        Args:
            failing: what the student reads, by check id, of each check that failed.
        """
        wanted = self.fails or tuple(failing)
        told = [folded(failing[check]) for check in wanted if check in failing]
        return len(told) == len(wanted) and any(folded(self.says) in text for text in told)

    def __str__(self) -> str:
        """Where it is: `00-first-nursery/0.2/wrong_error_wins.py`."""
        return f"{self.lab}/{self.exercise}/{self.name}.py"


def read_cases(folder: Path, lab: Lab) -> list[Case]:
    """Read the corpus of one lab; an exercise that the lab does not have is passed over.

    Raises:
        CourseError: if a file is not valid Python.
    """
    return [
        _read(path, lab.folder, exercise.id)
        for exercise in lab.exercises
        for path in sorted((folder / lab.folder / exercise.id).glob("*.py"))
        if NAME.match(path.name)
    ]


def _read(path: Path, lab: str, exercise: str) -> Case:
    source = path.read_text(encoding="utf-8")
    try:
        header = _fields(ast.get_docstring(ast.parse(source)) or "")
    except SyntaxError as error:
        raise CourseError(f"{path.name}: line {error.lineno}: {error.msg}") from error
    fails = tuple(part.strip() for part in header.get("fails", "").split(",") if part.strip())
    about = header.get("misconception") or header.get("approach") or ""
    return Case(lab, exercise, path.stem, source, fails, header.get("says", ""), about)


def _fields(docstring: str) -> dict[str, str]:
    """Split a docstring at its header words; a field may go on over several lines."""
    parts = _HEADER.split(docstring)
    return {name: " ".join(text.split()) for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def with_case(notebook: NotebookNode, lab: Lab, case: Case) -> NotebookNode:
    """A copy of the source notebook in which the case stands in the exercise's solution cells.

    The code goes into the first solution cell that defines one of its names (the first of all if none does); further
    solution cells of the exercise whose names it defines as well are emptied, the others keep the reference.
    """
    made = copy.deepcopy(notebook)
    wanted = set(lab.exercise(case.exercise).solutions)
    cells = [cell for cell in made.cells if cell.get("id") in wanted]
    defined = _names(case.source)
    replaced = [cell for cell in cells if _names(cell.source) & defined] or cells[:1]
    for place, cell in enumerate(replaced):
        cell.source = case.source if place == 0 else ""
    return made


def needed(cell: NotebookNode, exercise: str, checks: Sequence[str] = ("",)) -> bool:
    """Whether a cell has to run to judge one exercise: everything with an nbgrader mark but other checks.

    Args:
        cell: the cell.
        exercise: the exercise's id.
        checks: ids of the checks to run, or how they begin; all of the exercise by default.
    """
    if not cell.metadata.get("nbgrader"):
        return False
    grade_id = grade_id_of(cell)
    if grade_id is None:
        return True
    prefix = exercise.replace(".", "_", 1) + "-"
    return grade_id.startswith(prefix) and grade_id.replace("_", ".", 1).startswith(tuple(checks))


def folded(text: str) -> str:
    """Text without its line breaks and capitals, so that a wrapped message is found."""
    return " ".join(text.split()).lower()


def _names(source: str) -> set[str]:
    """The names that a piece of code defines at its top level."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
