"""How alike two pieces of code are, and which submissions of a class are almost the same.

Code is compared as a row of tokens, names as they are written, without comments, docstrings and layout: rapidfuzz
counts how many would have to be put in or taken out. Renaming every variable hides a copy, and a short exercise has few
right answers, so this is a reason to look and never more. copydetect does the same with winnowing, but brings
matplotlib and numpy for it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from rapidfuzz.distance import Indel

from .transcript import NOT_ATTEMPTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .results import Result

ALIKE = 0.97
SHORTEST = 300  # tokens; shorter answers are alike by nature
_TOKEN = re.compile(r"\w+|[^\w\s]")
_COMMENT = re.compile(r"#[^\n]*")
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Group:
    """Students whose submissions are almost the same.

    Attributes:
        students: their ids.
        likeness: of the two that are least alike among those that tie the group together, from 0 to 1.
    """

    students: tuple[str, ...]
    likeness: float


def bare(code: str) -> str:
    """Code without comments and docstrings, in which a student's name could stand."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _COMMENT.sub("", code).strip()
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
    return ast.unparse(tree)


def tokens(code: str) -> list[str]:
    """The tokens of code, without comments and docstrings."""
    return _TOKEN.findall(bare(code))


def likeness(one: str, other: str) -> float:
    """How alike two pieces of code are, from 0 to 1."""
    return float(Indel.normalized_similarity(tokens(one), tokens(other)))


def groups(results: Iterable[Result]) -> list[Group]:
    """The groups of students whose submissions are almost the same, the largest first."""
    letters: dict[str, str] = {}
    written = {}
    for result in results:
        row = tokens("\n".join(_attempted(result)))
        if len(row) >= SHORTEST:  # rapidfuzz is quickest with strings: a letter for each token
            written[result.student] = "".join(letters.setdefault(token, _letter(len(letters))) for token in row)
    group_of = {student: {student} for student in written}
    ties: dict[str, float] = {}
    for one, other in combinations(written, 2):
        alike = Indel.normalized_similarity(written[one], written[other], score_cutoff=ALIKE)
        if alike:
            ties[one], ties[other] = min(ties.get(one, 1.0), alike), min(ties.get(other, 1.0), alike)
            merged = group_of[one] | group_of[other]
            group_of.update(dict.fromkeys(merged, merged))
    found = {tuple(sorted(group)) for group in group_of.values() if len(group) > 1}
    made = [Group(students, min(ties[student] for student in students)) for students in found]
    return sorted(made, key=lambda group: (-len(group.students), group.students))


def _letter(number: int) -> str:
    return chr(0x100 + number)


def _attempted(result: Result) -> list[str]:
    """The code of the exercises that the student has written something for."""
    tried = {name.split("-", 1)[0] for name, check in result.checks.items() if check.status != NOT_ATTEMPTED}
    return [code for exercise, code in result.code.items() if exercise in tried]
