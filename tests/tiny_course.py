"""A course with one tiny lab that obeys every rule, for tests to break one thing at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course import Course, find_course
from autograder.workspace import Workspace

FOLDER = "00-tiny"
SOURCE = Path("solutions", FOLDER, f"{FOLDER}.ipynb")
RELEASED = Path("labs", FOLDER, f"{FOLDER}.ipynb")

COURSE_TOML = """
title = "A tiny course"
course_id = "tiny"
labs = ["00-tiny"]
coverage = ["S1.1", "S1.2"]

[files]

[planned]
"S1.2" = "01-later"
"""

SOLUTION = '''async def double(async_fn):
    """Return twice the value of an async function."""
    ### BEGIN SOLUTION
    secret_value = await async_fn()
    return secret_value + secret_value
    ### END SOLUTION'''

CHECK = """# Check 0.1-doubles: double returns twice the value
async def check():
    value = unseen("value").randint(1, 99)
    assert await double(returns(value)) == 2 * value, "double returns twice what the function returned"

verify(check, look="what await gives you: hint 1")"""

HIDDEN = """# Check 0.1-waits: double takes as long as the function
### BEGIN HIDDEN TESTS
async def check():
    hidden_delay = unseen("delay").randint(1, 99)
    await double(returns_after(hidden_delay))
    assert trio.current_time() == hidden_delay, "double waits for the function and not longer"

verify(check)
### END HIDDEN TESTS"""

IMPORTS = """import trio
from servicelab import panel, predict, reveal, run, unseen, verify"""

GIVEN = """async def two():
    return 2

def returns(value):
    async def fn():
        return value
    return fn"""

GIVEN_AFTER = """def returns_after(seconds):
    async def fn():
        await trio.sleep(seconds)
        return seconds
    return fn"""

SPEC = """## Exercise 0.1 Twice (3 points)

Write `double(async_fn)`: it awaits the function and returns twice its value.

| `async_fn` returns | `double(async_fn)` returns |
|---|---|
| 2 | 4 |"""

HINTS = """%%hints 0.1
What does calling an async function give you?
---
Await it, keep the value.
---
```python
value = await ...
```"""

# stands in for the library: one run in virtual time, no pictures
LIBRARY = """
import random

import trio
from trio.testing import MockClock


def load_ipython_extension(ip):
    ip.register_magic_function(lambda line, cell: None, "cell", "hints")


def unseen(name):
    return random.Random(name)


def verify(check, look=None):
    trio.run(check, clock=MockClock(autojump_threshold=0))


def run(main, *args):
    return trio.run(main, *args, clock=MockClock(autojump_threshold=0))


def _nothing(*args, **kwargs):
    pass


predict = reveal = panel = _nothing
"""

INTERVIEW = """## Interview corner

<details><summary>What is a task?</summary>A thing that runs.</details>
<details><summary>What is a nursery?</summary>A place for tasks.</details>
<details><summary>What is a checkpoint?</summary>A place to stop.</details>"""


def marks(grade_id: str, *, grade: bool = False, solution: bool = False, points: int = 0) -> dict[str, object]:
    """Return the metadata of an nbgrader cell."""
    nbgrader: dict[str, object] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return {"nbgrader": nbgrader | ({"points": points} if grade else {})}


def tiny_notebook() -> NotebookNode:
    """Return the source notebook of the tiny lab."""
    exercise = {"servicelab": {"exercise": "0.1", "covers": ["S1.1"]}}
    hints = {"jupyter": {"source_hidden": True}, "servicelab": {"hints": "0.1"}}
    cells = [
        _markdown("title", "# 00 Tiny\n\nOne function.\n\n| minutes | difficulty |\n|---|---|\n| 5 | 1 |"),
        _code("setup", "%load_ext servicelab", marks("0-setup")),
        _code("imports", IMPORTS, marks("0-given-imports")),
        _code("given-returns", GIVEN, marks("0-given-returns")),
        _code("given-returns-after", GIVEN_AFTER, marks("0-given-returns-after")),
        _markdown("map", "## Where we are\n\n```mermaid\nflowchart LR\n  you --> double\n```"),
        _code("predict", 'predict("tiny", "what is 1 + 1?", ["2", "3"], answer="ca1eeeb41aec")'),
        _code("reveal", 'reveal("tiny", "it is 2")'),
        _markdown("e1-spec", SPEC),
        _code("e1-stub", SOLUTION, marks("0_1-solution", solution=True) | exercise),
        _code("e1-try", "run(double, two)"),
        _code("e1-hints", HINTS, hints),
        _code("e1-check-doubles", CHECK, marks("0_1-doubles", grade=True, points=1)),
        _code("e1-check-waits", HIDDEN, marks("0_1-waits", grade=True, points=2)),
        _code("panel", 'panel("Twice", lambda x: str(2 * x), waits_for="0.1", x=(1, 9, 1, 2))'),
        _markdown("interview", INTERVIEW),
        _markdown(
            "interview-answer",
            "The model answer about the event loop.",
            marks("0-interview", grade=True, solution=True, points=2),
        ),
    ]
    about = {"lab": FOLDER, "module": "basics", "title": "Tiny", "minutes": 5, "difficulty": 1}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"covers": ["S1.1"], "servicelab": about, "kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = new_notebook(cells=cells, metadata=metadata)
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = count
    return notebook


def make_course(root: Path, change: Callable[[NotebookNode], object] = lambda notebook: None) -> Course:
    """Write the tiny course below a folder, its notebook changed by a function."""
    notebook = tiny_notebook()
    change(notebook)
    (root / SOURCE).parent.mkdir(parents=True)
    (root / "labs" / "servicelab").mkdir(parents=True)
    (root / "labs" / "servicelab" / "__init__.py").write_text(LIBRARY, encoding="utf-8")
    (root / "solutions" / "course.toml").write_text(COURSE_TOML, encoding="utf-8")
    (root / SOURCE).write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return find_course(root)


def cell_of(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    """Return a cell by id."""
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def hand_in(workspace: Workspace, student: str, notebook: NotebookNode) -> Path:
    """Put a notebook where collecting it would have put it; return the folder."""
    folder = workspace.submitted(student, FOLDER)
    folder.mkdir(parents=True)
    (folder / f"{FOLDER}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return folder


def edit(path: Path, change: Callable[[dict], object]) -> None:  # type: ignore[type-arg]
    """Change a notebook on the disk as plain JSON."""
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def _markdown(cell_id: str, source: str, metadata: dict[str, object] | None = None) -> NotebookNode:
    return new_markdown_cell(source, id=cell_id, metadata=metadata or {})


def _code(cell_id: str, source: str, metadata: dict[str, object] | None = None) -> NotebookNode:
    return new_code_cell(source, id=cell_id, metadata=metadata or {})
