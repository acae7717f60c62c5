"""What the rules of the lint look at: one lab's source, and the student's notebook that it gives."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from nbformat import NotebookNode

from . import stubs
from .course import Course
from .exercises import HEADING
from .findings import Finding

FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Subject:
    """What the rules look at.

    Attributes:
        course: the course.
        folder: the lab.
        notebook: its source.
        released: the student's notebook as it would be made now; None if it cannot be made.
    """

    course: Course
    folder: str
    notebook: NotebookNode
    released: NotebookNode | None

    def finding(self, cell: str, rule: str, message: str, mend: str) -> Finding:
        """Return a finding in the source notebook."""
        return Finding(self.course.relative(self.course.source(self.folder)), cell, rule, message, mend)

    @property
    def code(self) -> list[NotebookNode]:
        """The code cells."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    @property
    def prose(self) -> list[NotebookNode]:
        """The markdown cells."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "markdown"]

    @property
    def exercises(self) -> dict[str, list[NotebookNode]]:
        """The cells of each exercise: from its heading to the next heading of the same or a higher level."""
        found: dict[str, list[NotebookNode]] = {}
        current: str | None = None
        for cell in self.notebook.cells:
            if cell.cell_type == "markdown" and re.search(r"^#{1,2} ", FENCE.sub("", cell.source), re.MULTILINE):
                heading = HEADING.search(cell.source)
                current = heading["id"] if heading else None
            if current is not None:
                found.setdefault(current, []).append(cell)
        return found


def calls(cell: NotebookNode, name: str) -> list[ast.Call]:
    """Return the calls of a function in a code cell; none if the cell is no Python."""
    try:
        tree = stubs.parse(cell.source)
    except SyntaxError:
        return []
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in found if isinstance(call.func, ast.Name) and call.func.id == name]
