"""Our grading beside plain nbgrader's: the same class of a real lab, in turn, end to end and execution alone."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from autograder.corpus import read_cases, with_case
from autograder.course import find_course
from autograder.demo import handed_in
from autograder.engine import default_jobs
from autograder.execute import Grader
from autograder.release import generate
from autograder.workspace import Workspace
from tests.tiny_course import FOLDER as TINY
from tests.tiny_course import make_course

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbformat import NotebookNode

    from autograder.course import Lab

LAB = "00"
CLASS = int(os.environ.get("SERVICELAB_BENCH_CLASS", "40"))
ROUNDS = int(os.environ.get("SERVICELAB_BENCH_ROUNDS", "3"))
SMALL, LARGE = 40, 1000
JOBS = default_jobs()
# stock nbgrader, with a clock around its execution
PLAIN = """
import time
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute
from autograder.release import release_preprocessors


class TimedExecute(Execute):
    def preprocess(self, nb, resources, **kw):
        started = time.perf_counter()
        try:
            return super().preprocess(nb, resources, **kw)
        finally:
            with open({times!r}, "a") as file:
                print(time.perf_counter() - started, file=file)


c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.source_directory = {source!r}
c.CourseDirectory.db_url = {db!r}
c.GenerateAssignment.preprocessors = release_preprocessors()
c.Autograde.autograde_preprocessors = [
    TimedExecute if step is Execute else step for step in Autograde.autograde_preprocessors.default()
]
"""


def measure() -> dict[str, object]:
    """Grade the class by both, round by round.

    Returns:
        `grading`: `end_to_end_ratio` and `execute_ratio` (plain nbgrader's seconds over ours, medians of the rounds),
        `seconds_each` (ours, end to end, for each submission), `growth` (cost of a submission in a class of 1,000 over
        that in a class of 40) and `memory_mb` (largest resident size of the grader in the two classes).
    """
    lab = find_course(Path(__file__).resolve().parents[2]).lab(LAB)
    notebooks = _class_of(lab, CLASS)
    rounds = [_round(lab, notebooks) for _ in range(ROUNDS)]
    whole, execution = ([figures[name] for figures in rounds] for name in ("end_to_end", "execute"))
    return {
        "grading": {
            "submissions": CLASS,
            "rounds": ROUNDS,
            "end_to_end_ratio": round(statistics.median(plain / ours for plain, ours in whole), 2),
            "execute_ratio": round(statistics.median(plain / ours for plain, ours in execution), 2),
            "seconds_each": round(statistics.median(ours for _, ours in whole) / CLASS, 3),
            **_growth(),
        }
    }


def _class_of(lab: Lab, size: int) -> list[NotebookNode]:
    """Right, otherwise right, wrong and blank: the lab's corpus, typed into what students are given."""
    blank = nbformat.reads(generate(lab.course, lab.folder), as_version=4)
    solved = lab.notebook()
    cases = read_cases(lab.course.root / "tests" / "submissions", lab)
    made = [blank]
    for case in cases[:: max(1, 2 * len(cases) // size)]:  # every second one is the reference
        made += [handed_in(blank, solved), handed_in(blank, with_case(solved, lab, case))]
    return list(islice(cycle(made), size))


def _round(lab: Lab, notebooks: Sequence[NotebookNode]) -> dict[str, tuple[float, float]]:
    with tempfile.TemporaryDirectory(prefix="servicelab-bench-") as folder:
        ours = _handed_in(Workspace(Path(folder) / "ours", lab.course), lab.folder, notebooks)
        theirs = _handed_in(Workspace(Path(folder) / "theirs", lab.course), lab.folder, notebooks)
        plain_s, plain_execute_s = _plain(theirs, lab)
        ours_s = _graded(ours, lab)
        return {"end_to_end": (plain_s, ours_s), "execute": (plain_execute_s, _executed(lab, notebooks))}


def _handed_in(workspace: Workspace, lab: str, notebooks: Sequence[NotebookNode]) -> Workspace:
    for number, notebook in enumerate(notebooks):
        folder = workspace.submitted(f"student{number:04}", lab)
        folder.mkdir(parents=True)
        (folder / f"{lab}.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    return workspace


def _plain(workspace: Workspace, lab: Lab) -> tuple[float, float]:
    """Seconds of `nbgrader autograde` and `generate_feedback`, and of the execution alone."""
    times = workspace.root / "times.txt"
    config = PLAIN.format(
        root=str(workspace.root), source=str(lab.course.solutions), db=workspace.db_url, times=str(times)
    )
    (workspace.root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    _nbgrader(workspace, "generate_assignment", lab.folder, "--force")
    started = time.perf_counter()
    _nbgrader(workspace, "autograde", lab.folder)
    _nbgrader(workspace, "generate_feedback", lab.folder)
    return time.perf_counter() - started, sum(map(float, times.read_text().split()))


def _nbgrader(workspace: Workspace, *step: str) -> None:
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    command = [sys.executable, "-W", "ignore", "-m", "nbgrader", *step]
    subprocess.run(command, cwd=workspace.root, env={**os.environ, "PATH": path}, capture_output=True, check=True)


def _graded(workspace: Workspace, lab: Lab) -> float:
    """Seconds of `autograder grade`: grades and feedback pages."""
    command = [sys.executable, "-m", "autograder", "grade", lab.folder, "--json", "--root", str(workspace.root)]
    started = time.perf_counter()
    said = subprocess.run([*command, "--course", str(lab.course.root)], capture_output=True, check=False)
    students: dict[str, Any] = json.loads(said.stdout)["students"]
    if len(list(workspace.root.glob("feedback/*/*/*.html"))) != len(students):
        raise RuntimeError("not every submission has a feedback page")
    return time.perf_counter() - started


def _executed(lab: Lab, notebooks: Sequence[NotebookNode]) -> float:
    """Seconds to run and judge all notebooks, the reference and the start of the zygote included."""
    grader = Grader()
    started = time.perf_counter()
    try:
        source = lab.source.resolve()
        grader.plan(source)
        with ThreadPoolExecutor(JOBS) as pool:
            list(pool.map(lambda notebook: grader.evaluate(source, notebook), notebooks))
    finally:
        grader.close()
    return time.perf_counter() - started


def _growth() -> dict[str, object]:
    """What a submission costs in a small and in a large class of a tiny lab, and how much memory they take."""
    with tempfile.TemporaryDirectory(prefix="servicelab-bench-") as folder:
        course = make_course(Path(folder) / "course")
        lab = course.lab(TINY)
        blank = nbformat.reads(generate(course, TINY), as_version=4)
        notebook = handed_in(blank, lab.notebook())
        cost, memory = {}, {}
        for size in (SMALL, LARGE):
            workspace = _handed_in(Workspace(Path(folder) / str(size), course), TINY, [notebook] * size)
            cost[size], memory[size] = _cost(workspace, lab, size)
            shutil.rmtree(workspace.root)
    return {
        "growth": round(cost[LARGE] / cost[SMALL], 3),
        "memory_mb": {str(size): memory[size] for size in (SMALL, LARGE)},
    }


def _cost(workspace: Workspace, lab: Lab, size: int) -> tuple[float, int]:
    """Seconds for each submission after the first, and the largest resident size in MB, in a process of its own."""
    program = f"""
import json, resource, time
from pathlib import Path
from autograder.course import find_course
from autograder.execute import Grader
from autograder.grade import grade
from autograder.workspace import Workspace
course = find_course(Path({str(lab.course.root)!r}))
grader = Grader()
workspace = Workspace(Path({str(workspace.root)!r}), course)
marks = [time.perf_counter() for _ in grade(workspace, course.lab({TINY!r}), grader, jobs={JOBS})]
grader.close()
print(json.dumps([(marks[-1] - marks[0]) / ({size} - 1), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10]))
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    seconds, memory = json.loads(said.stdout)
    return float(seconds), int(memory)
