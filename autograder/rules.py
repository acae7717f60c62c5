"""The course lint's static rules: what can be told from a source notebook without running it."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Callable, Iterator
from typing import Any

from nbformat import NotebookNode

from . import leaks, notebooks
from .course import FIELDS
from .exercise_rules import check_rule, exercise_rule
from .findings import Finding
from .subject import FENCE, Subject, calls

LONGEST_CELL = 30
MEDIAN_CELL = 8
QUESTIONS = (3, 6)
CELL_ID = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
RANDOM_ID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){0,3}(-[0-9a-f]{12})?$")
ABSOLUTE = re.compile(r"(?<![\w./~:>-])/(?:home|Users|root|tmp|work|usr|var|opt|private|mnt)/\w|\b[A-Z]:\\\w")
TIMESTAMP = re.compile(r"\b20\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d")
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")


def metadata_rule(lab: Subject) -> Iterator[Finding]:
    """The notebook says what it is and what it covers."""
    about = lab.notebook.metadata.get("servicelab", {})
    for key, kind in FIELDS.items():
        if not isinstance(about.get(key), kind):
            yield lab.finding(
                "notebook", "metadata", f"servicelab.{key} is {about.get(key)!r}", f"expected {kind.__name__}"
            )
    if about.get("lab") != lab.folder:
        yield lab.finding("notebook", "metadata", f"servicelab.lab is {about.get('lab')!r}", f"write {lab.folder!r}")
    if lab.notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield lab.finding("notebook", "metadata", "the kernelspec is not python3", 'kernelspec.name "python3"')
    if "jupytext" in lab.notebook.metadata:
        yield lab.finding(
            "notebook", "paired", "is paired by jupytext", "unpair it: a paired .py would hold the solutions"
        )


def covers_rule(lab: Subject) -> Iterator[Finding]:
    """Coverage ids exist, are not planned any more, and those of the notebook are those of its exercises."""
    covers = set(lab.notebook.metadata.get("covers", ()))
    from_exercises = {i for cell in lab.code for i in notebooks.servicelab(cell).get("covers", ())}
    for name in sorted(covers ^ from_exercises):
        where = "the notebook, but not of an exercise" if name in covers else "an exercise, but not of the notebook"
        yield lab.finding("notebook", "covers", f"{name} is in the covers of {where}", "list it in both")
    for name in sorted(covers - set(lab.course.coverage)):
        yield lab.finding("notebook", "covers", f"unknown coverage id {name}", "see coverage in solutions/course.toml")
    for name in sorted(covers & lab.course.planned.keys()):
        yield lab.finding(
            "notebook", "covers", f"{name} is covered, yet planned", "take it out of [planned] in course.toml"
        )


def opening_rule(lab: Subject) -> Iterator[Finding]:
    """One title, a table, a map, and the extension in the first code cell."""
    titles = [cell.id for cell in lab.prose for _ in re.finditer(r"^# ", FENCE.sub("", cell.source), re.MULTILINE)]
    first = lab.notebook.cells[0] if lab.notebook.cells else None
    if len(titles) != 1 or first is None or titles[0] != first.id:
        yield lab.finding(
            "notebook", "title", f"has {len(titles)} titles", "exactly one '# NN Title', in the first cell"
        )
    elif not first.source.startswith(f"# {lab.folder[:2]} "):
        yield lab.finding(
            first.id, "title", "does not begin with the lab's number", f"write '# {lab.folder[:2]} Title'"
        )
    if not any("|---" in cell.source.replace(" ", "") for cell in lab.notebook.cells[:2]):
        yield lab.finding(
            "notebook", "title", "has no table of minutes, difficulty, prerequisites", "add it below the title"
        )
    if not any("```mermaid" in cell.source for cell in lab.prose):
        yield lab.finding("notebook", "map", "has no map", "draw the service so far in a ```mermaid block")
    if lab.code and lab.code[0].source.strip() != "%load_ext servicelab":
        yield lab.finding(
            lab.code[0].id, "setup", "the first code cell is another", "begin with %load_ext servicelab alone"
        )
    elif lab.code and not notebooks.nbgrader(lab.code[0]).get("locked"):
        yield lab.finding(lab.code[0].id, "setup", "can be edited", "lock it (grade_id N-setup)")


def parts_rule(lab: Subject) -> Iterator[Finding]:
    """A prediction that is revealed, a panel, an interview corner."""
    predicted = _keys(lab, "predict")
    revealed = _keys(lab, "reveal")
    if not predicted:
        yield lab.finding(
            "notebook", "predict", "asks for no prediction", "add predict(key, ...), a run and reveal(key, ...)"
        )
    for key in sorted(predicted.keys() ^ revealed.keys()):
        cell = predicted.get(key) or revealed[key]
        yield lab.finding(cell, "predict", f"{key!r} is predicted or revealed, but not both", "add the other")
    if not any(calls(cell, "panel") for cell in lab.code):
        yield lab.finding("notebook", "panel", "has no panel", "add panel(title, draw, waits_for=..., ...)")
    yield from _interview(lab)


def _keys(lab: Subject, function: str) -> dict[str, str]:
    """Return the constant first arguments of a function's calls, and the cells they are in."""
    found = {}
    for cell in lab.code:
        for call in calls(cell, function):
            if call.args and isinstance(call.args[0], ast.Constant):
                found[str(call.args[0].value)] = str(cell.id)
    return found


def _interview(lab: Subject) -> Iterator[Finding]:
    """Yield what is wrong with the interview corner."""
    manual = [cell for cell in lab.notebook.cells if notebooks.is_manual(cell)]
    corner = [cell for cell in lab.prose if re.search(r"^## Interview corner", cell.source, re.MULTILINE)]
    if not corner:
        yield lab.finding("notebook", "interview", "has no '## Interview corner'", "add 4 to 6 questions")
    if len(manual) != 1:
        yield lab.finding("notebook", "interview", f"{len(manual)} cells are graded by a person", "expected one")
    folded = sum(cell.source.count("<details") for cell in lab.prose)
    if corner and folded < QUESTIONS[0]:
        mend = "4 to 6 questions, each answer in <details>, besides the one that a person grades"
        yield lab.finding(corner[0].id, "interview", f"{folded} answers are folded away", mend)


def cell_rule(lab: Subject) -> Iterator[Finding]:
    """Each cell has a readable id, one idea, one magic, and nothing of one machine or one day in it."""
    for cell in lab.notebook.cells:
        if not CELL_ID.match(cell.id) or RANDOM_ID.match(cell.id) or len(cell.id) > 64:
            yield lab.finding(
                cell.id, "cell-id", "is no readable id", "write one like e2-try: a-z, 0-9 and -, at most 64"
            )
        if cell.cell_type == "code" and _magics(cell.source) > 1:
            yield lab.finding(cell.id, "magic", f"has {_magics(cell.source)} magics", "one magic per cell")
        yield from _traces(lab, cell)


def length_rule(lab: Subject) -> Iterator[Finding]:
    """No cell of the student's notebook is longer than 30 lines, half of them have fewer than 8."""
    cells = [cell for cell in lab.notebook.cells if not (cell.cell_type == "code" and notebooks.is_solution(cell))]
    cells += lab.released.cells if lab.released else []
    for cell_id, lines in {cell.id: _lines(cell) for cell in sorted(cells, key=_lines)}.items():
        if lines > LONGEST_CELL:
            yield lab.finding(cell_id, "length", f"has {lines} lines", f"at most {LONGEST_CELL}: split it")
    median = statistics.median(map(_lines, lab.released.cells)) if lab.released and lab.released.cells else 0
    if median >= MEDIAN_CELL:
        yield lab.finding("notebook", "length", f"the median cell has {median:g} lines", f"fewer than {MEDIAN_CELL}")


def stored_rule(lab: Subject) -> Iterator[Finding]:
    """Outputs are stored: without them, running the notebook in CI proves nothing."""
    mend = f"autograder outputs {lab.folder}"
    counts = [cell.execution_count for cell in lab.code if cell.source.strip()]
    if counts != list(range(1, len(counts) + 1)):
        yield lab.finding("notebook", "outputs", "not every code cell was run, in order", mend)
    for place in notebooks.widget_state(lab.notebook):
        yield lab.finding(place, "widget-state", "widget state is saved in it", mend)


def todo_rule(lab: Subject) -> Iterator[Finding]:
    """Nothing of the skeleton is left to be written."""
    for cell in lab.notebook.cells:
        for match in re.finditer(r"\bTODO\b:?[ \t]*([^\n]*)", cell.source):
            yield lab.finding(
                cell.id, "todo", f"still to write: {match[1][:60].strip() or 'TODO'}", "write it, or take it out"
            )


def answer_rule(lab: Subject) -> Iterator[Finding]:
    """Nothing that students see, a hint above all, holds most of a solution or of a hidden check."""
    secrets = list(leaks.secrets_of(lab.notebook.cells))
    for cell in lab.notebook.cells:
        public = {line.strip() for line in leaks.public_source(cell).split("\n")}
        for secret in secrets:
            long = [line for line in secret.lines if len(line) >= leaks.SHORTEST]
            shown = [line for line in long if line in public]
            if len(long) >= 2 and len(shown) > len(long) / 2:
                message = f"shows {len(shown)} of {len(long)} lines of the {secret.kind} in cell {secret.cell}"
                yield lab.finding(cell.id, "answer", message, "leave the answer to the student")


def _traces(lab: Subject, cell: NotebookNode) -> Iterator[Finding]:
    """Yield what in a cell belongs to one machine or one day."""
    extra = sorted(set(cell.metadata) - set(notebooks.KEPT_CELL_METADATA))
    if extra:
        mend = f"autograder outputs {lab.folder}"
        yield lab.finding(cell.id, "metadata", f"has metadata {', '.join(extra)} that an editor left", mend)
    text = "\n".join([cell.source, *_output_texts(cell)])
    for rule, pattern, what in (
        ("path", ABSOLUTE, "an absolute path"),
        ("timestamp", TIMESTAMP, "a time of day"),
        ("address", ADDRESS, "a memory address"),
    ):
        if match := pattern.search(text):
            yield lab.finding(cell.id, rule, f"has {what}: {match[0]!r}", "show something that is the same everywhere")


def _output_texts(cell: NotebookNode) -> Iterator[str]:
    """Yield the texts in a cell's outputs."""
    for output in cell.get("outputs", ()):
        values: list[Any] = [output.get("text"), output.get("evalue"), *output.get("traceback", ())]
        values += [value for key, value in output.get("data", {}).items() if key.startswith("text/")]
        yield from (value for value in values if isinstance(value, str))


def _magics(source: str) -> int:
    """Return how many magics a cell has; a cell magic is the only one of its cell."""
    if source.startswith("%%"):
        return 1
    return len(re.findall(r"^\s*[%!]\w", source, re.MULTILINE))


def _lines(cell: NotebookNode) -> int:
    """Return how many lines a cell has, the marks of hidden tests not counted."""
    return len(notebooks.unmarked(cell.source, notebooks.HIDDEN_TESTS).split("\n")) if cell.source else 0


RULES: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    metadata_rule,
    covers_rule,
    opening_rule,
    parts_rule,
    cell_rule,
    length_rule,
    exercise_rule,
    check_rule,
    stored_rule,
    todo_rule,
    answer_rule,
)
