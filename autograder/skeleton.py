"""`autograder new 06-retries`: a lab that runs, and in which every place that an author must fill in says so.

The skeleton is a whole small lab with one exercise that works, so nothing but its TODOs, its coverage ids and the two
commands that store and release it is left for the lint to say. An author replaces it piece by piece, and the lint says
at every moment what is missing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from servicelab.predictions import seal

from . import notebooks
from .course import COURSE_FILE, FOLDER, find_course
from .errors import CourseError, UsageError

if TYPE_CHECKING:
    import argparse

    from nbformat import NotebookNode

    from .course import Course

_LABS = re.compile(r"^labs = \[(?P<labs>[^\]]*)\]", re.MULTILINE)

TITLE = """\
# {number} {title}

TODO: one line that says what your reader can do after this lab.

| | |
|---|---|
| **Time** | 60 minutes |
| **Difficulty** | 1 of 5 |
| **You need** | TODO: the labs and ideas that come before |
| **Afterwards** | TODO: what the service has that it did not have |"""
IMPORTS = """\
import trio
from servicelab import panel, predict, reveal, run, unseen, verify"""
GIVEN = """\
def returns_after(seconds, value):
    async def fn():
        await trio.sleep(seconds)
        return value

    return fn"""
MAP = """\
## Where we are

TODO: what the service can do so far, and what this lab adds.

```mermaid
flowchart LR
  you --> service
```"""
BROKEN = """\
async def twice(async_fn):
    # TODO: a broken version of what the exercise is about; it runs, and what it does surprises
    return [await async_fn(), await async_fn()]"""
QUESTION = """\
predict(
    "{key}",
    "TODO: the question, for instance: the function takes 3 seconds. How long does twice take?",
    ["3 s", "6 s"],
    answer="{answer}",  # python -m servicelab.predictions {key} "6 s"
)"""
REVEAL = 'reveal("{key}", "TODO: why, and the name of the misconception.")'
SPEC = """\
## Exercise {n}.1 TODO a name (3 points)

TODO: what `timed(async_fn)` promises, in full: every check below asks for something that stands here.

| `async_fn` | `timed(async_fn)` returns |
|---|---|
| returns `"a"` after 2 s | `("a", 2.0)` |"""
STUB = '''\
async def timed(async_fn):
    """Return what an async function returns, and how many virtual seconds it took."""
    ### BEGIN SOLUTION
    started = trio.current_time()
    value = await async_fn()
    return value, trio.current_time() - started
    ### END SOLUTION'''
HINTS = """\
%%hints {n}.1
TODO: a question that leads to the idea.
---
TODO: a pointer to where it is explained, or to the function that does it.
---
TODO: a skeleton of the answer:

```python
... = await ...
```"""
VALUE = """\
# Check {n}.1-value: the value of the function comes out
async def check():
    value = unseen("value").randint(1, 99)
    got, _ = await timed(returns_after(1, value))
    assert got == value, "timed returns what the function returned"

verify(check, look="what await gives you: hint 1")"""
TIME = """\
# Check {n}.1-time: the time is that of the function
### BEGIN HIDDEN TESTS
async def check():
    delay = unseen("delay").randint(1, 99)
    _, took = await timed(returns_after(delay, None))
    assert took == delay, "timed tells how many virtual seconds the function took"

verify(check)
### END HIDDEN TESTS"""
PANEL = """\
def times(seconds):
    return f"{seconds} s, and twice that is {2 * seconds} s"

panel("TODO: something to play with", times, waits_for="{n}.1", seconds=(1, 9, 1, 2))"""
INTERVIEW = """\
## Interview corner

Answer aloud before you open one.

<details><summary><b>1.</b> TODO: a question from an interview</summary>

TODO: the answer.
</details>

<details><summary><b>2.</b> TODO: a question from an interview</summary>

TODO: the answer.
</details>

<details><summary><b>3.</b> TODO: a question from an interview</summary>

TODO: the answer.
</details>"""
TASK = """\
### In your own words (2 points)

TODO: a question whose answer takes five sentences. A person grades this one."""
ANSWER = """\
### BEGIN SOLUTION
TODO: the model answer, and what each point is given for.
### END SOLUTION"""
END = """\
## What you can now say

- TODO: three sentences that your reader could not have said before."""


def skeleton(folder: str) -> NotebookNode:
    """The source notebook of a new lab.

    Args:
        folder: of the lab, "06-retries".
    """
    number, slug = folder.split("-", 1)
    n, title, key = int(number), slug.replace("-", " ").capitalize(), f"{number}-{slug}"
    hints = {"jupyter": {"source_hidden": True}, "servicelab": {"hints": f"{n}.1"}}
    question = QUESTION.replace("{key}", key).replace("{answer}", seal(key, "6 s"))
    cells = [
        _text("title", TITLE.format(number=number, title=title)),
        _code("setup", "%load_ext servicelab", _marks(f"{n}-setup")),
        _code("given-imports", IMPORTS, _marks(f"{n}-given-imports")),
        _code("given-returns-after", GIVEN, _marks(f"{n}-given-returns-after")),
        _text("map", MAP),
        _text("predict", "## Predict\n\nTODO: the situation, from the service, in two or three sentences."),
        _code("predict-broken", BROKEN),
        _code("predict-question", question),
        _code("predict-run", 'run(twice, returns_after(3, "a"))'),
        _code("predict-reveal", REVEAL.replace("{key}", key)),
        _text("e1-spec", SPEC.replace("{n}", str(n))),
        _code("e1-stub", STUB, _marks(f"{n}_1-solution", solution=True) | _exercise(f"{n}.1")),
        _code("e1-try", 'run(timed, returns_after(2, "a"))'),
        _code("e1-hints", HINTS.replace("{n}", str(n)), hints),
        _code("e1-check-value", VALUE.replace("{n}", str(n)), _marks(f"{n}_1-value", points=1)),
        _code("e1-check-time", TIME.replace("{n}", str(n)), _marks(f"{n}_1-time", points=2)),
        _text("explore", "## Explore\n\nTODO: what to try in the panel, and what to look for."),
        _code("explore-panel", PANEL.replace("{n}", str(n))),
        _text("interview", INTERVIEW),
        _text("interview-task", TASK),
        _text("interview-answer", ANSWER, _marks(f"{n}-interview", solution=True, points=2)),
        _text("end", END),
    ]
    about = {"lab": folder, "module": "basics", "title": title, "minutes": 60, "difficulty": 1}
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    made: NotebookNode = new_notebook(
        cells=cells,
        metadata={"covers": [], "kernelspec": kernel, "language_info": {"name": "python"}, "servicelab": about},
    )
    return made


def _marks(grade_id: str, *, solution: bool = False, points: int | None = None) -> dict[str, Any]:
    """Nbgrader's marks of a cell; one with points is graded."""
    marks = {"grade": points is not None, "grade_id": grade_id, "locked": not solution, "schema_version": 3}
    worth = {} if points is None else {"points": points}
    return {"nbgrader": {**marks, **worth, "solution": solution, "task": False}}


def _exercise(exercise: str) -> dict[str, Any]:
    return {"servicelab": {"exercise": exercise, "covers": []}}


def _text(cell_id: str, source: str, metadata: dict[str, Any] | None = None) -> NotebookNode:
    made: NotebookNode = new_markdown_cell(source, id=cell_id, metadata=metadata or {})
    return made


def _code(cell_id: str, source: str, metadata: dict[str, Any] | None = None) -> NotebookNode:
    made: NotebookNode = new_code_cell(source, id=cell_id, metadata=metadata or {})
    return made


def listed(table: str, folder: str) -> str:
    """The text of `course.toml` with a lab more, in its place.

    Raises:
        CourseError: if there is no list of labs as this command knows it.
    """
    match = _LABS.search(table)
    if match is None:
        raise CourseError(f"{COURSE_FILE.as_posix()}: expected a line that begins with `labs = [`")
    labs = sorted({*re.findall(r'"([^"]+)"', match["labs"]), folder})
    lines = "".join(f'    "{lab}",\n' for lab in labs)
    return f"{table[: match.start()]}labs = [\n{lines}]{table[match.end() :]}"


def create(course: Course, folder: str) -> None:
    """Write the skeleton of a lab and list it in `course.toml`.

    Raises:
        UsageError: if the name is none for a lab, or the number or the folder is taken.
    """
    if not FOLDER.match(folder):
        raise UsageError(f"expected a name like 06-retries, not {folder!r}")
    for other in course.folders:
        if other[:2] == folder[:2]:
            raise UsageError(f"number {folder[:2]} is taken by {other}")
    if course.source(folder).parent.exists():
        raise UsageError(f"{course.relative(course.source(folder).parent)} exists already")
    table = listed((course.root / COURSE_FILE).read_text(encoding="utf-8"), folder)
    notebooks.write(course.source(folder), notebooks.dumps(skeleton(folder)))
    notebooks.write(course.root / COURSE_FILE, table)


# --- the command ---
def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define `autograder new`."""
    parser.add_argument("folder", metavar="NN-SLUG", help="number and name of the lab")


def main(args: argparse.Namespace) -> int:
    """Run `autograder new`."""
    course = find_course(getattr(args, "course", None))
    create(course, args.folder)
    print(f"{course.relative(course.source(args.folder))}: written, and listed in {COURSE_FILE.as_posix()}")
    print(f"what is left to write: autograder lint {args.folder[:2]}")
    return 0
