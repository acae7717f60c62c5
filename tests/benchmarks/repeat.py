"""The same class graded again and again, on a quiet and on a busy machine, and killed on the way: the same grades.

The class is made of the corpus of the first exercise of a lab: the reference, right answers, wrong ones, an endless
loop, a process that ends. Every run is the command itself, in the jail that this machine allows, with unseen inputs of
its own. Compared are the rows of the gradebook: student, cell, points, whether a person has to look.

Killed are runs with `kill -9`, at moments drawn from a seed that is printed; `SERVICELAB_BENCH_SEED` repeats them.
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbgrader.api import Gradebook

from autograder.corpus import read_cases, with_case
from autograder.course import find_course
from autograder.demo import CRASHES, handed_in
from autograder.hostile import make_arena
from autograder.release import generate
from autograder.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.hostile import Arena

LAB = "00"
CLASS = int(os.environ.get("SERVICELAB_BENCH_REPEAT", "12"))
RUNS, LOADED, KILLS = 20, 2, 5
SPINNER = "while True: pass"
Rows = list[tuple[str, str, float | None, bool]]


def measure() -> dict[str, object]:
    """Grade the class many times.

    Returns:
        `repeat`: how many runs, under load and killed, and how many different gradebooks they gave: 1 is the aim.
    """
    seed = int(os.environ.get("SERVICELAB_BENCH_SEED") or secrets.randbits(32))
    print(f"repeat: seed of the kills: {seed}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="servicelab-bench-") as folder:
        course = find_course(Path(__file__).resolve().parents[2])
        arena = make_arena(Path(folder).resolve(), course, course.lab(LAB))
        room = _with_class(arena, "class")
        started = time.perf_counter()
        seen = [_graded(room)]
        took_s = time.perf_counter() - started
        for number in range(2, RUNS + 1):
            with _busy() if number > RUNS - LOADED else contextlib.nullcontext():
                seen.append(_graded(room, "--force"))
            _say(f"run {number} of {RUNS}: {'the same' if seen[-1] == seen[0] else 'OTHER GRADES'}")
        kills, after = _killed(_with_class(arena, "killed"), random.Random(seed), took_s)
    return {
        "repeat": {
            "students": CLASS,
            "runs": RUNS,
            "runs_under_full_load": LOADED,
            "different_gradebooks": len(set(map(tuple, seen))),
            "kills": kills,
            "seed": seed,
            "gradebook_after_kills_is_the_same": after == seen[0],
        }
    }


def _with_class(arena: Arena, name: str) -> Workspace:
    """The class has handed in: every answer of the corpus in turn."""
    workspace = Workspace(arena.root / name, arena.course)
    lab = arena.lab
    blank, solved = nbformat.reads(generate(arena.course, lab.folder), as_version=4), lab.notebook()
    submissions = find_course(Path(__file__).resolve().parents[2]).root / "tests" / "submissions"
    cases = [case for case in read_cases(submissions, lab) if case.exercise == lab.exercises[0].id]
    answers = [solved, *(with_case(solved, lab, case) for case in cases[:: max(1, len(cases) // (CLASS - 2))])]
    for number in range(CLASS):
        first = CRASHES if number == 1 else None
        notebook = handed_in(blank, answers[number % len(answers)], first=first)
        folder = workspace.submitted(f"student{number:02}", lab.folder)
        folder.mkdir(parents=True)
        (folder / f"{lab.folder}.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    return workspace


def _command(workspace: Workspace, *more: str) -> list[str]:
    where = ["--root", str(workspace.root), "--course", str(workspace.course.root)]
    return [sys.executable, "-W", "ignore", "-m", "autograder", "grade", LAB, *where, "--json", *more]


def _graded(workspace: Workspace, *more: str) -> Rows:
    """Grade to the end, and read what the gradebook holds.

    Raises:
        RuntimeError: if the command does not do it; that it fell short (1) is part of this class.
    """
    done = subprocess.run(_command(workspace, *more), capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr[-2000:])
    return _rows(workspace)


def _rows(workspace: Workspace) -> Rows:
    with Gradebook(workspace.db_url, workspace.course.course_id) as gradebook:
        return sorted(
            (submission.student.id, grade.name, grade.auto_score, grade.needs_manual_grade)
            for submission in gradebook.assignment_submissions(workspace.course.lab(LAB).folder)
            for notebook in submission.notebooks
            for grade in notebook.grades
        )


@contextlib.contextmanager
def _busy() -> Iterator[None]:
    """Twice as many processes that compute as there are cores."""
    spinners = [subprocess.Popen([sys.executable, "-c", SPINNER]) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def _killed(workspace: Workspace, drawn: random.Random, took_s: float) -> tuple[int, Rows]:
    """Kill runs at random moments after the first notebook is there, then let one end.

    Returns:
        How many were killed before they ended by themselves, and the rows.
    """
    kills = 0
    for number in range(1, KILLS + 1):
        moment_s = drawn.uniform(0.0, took_s / (2 * KILLS))  # so that not all is done before the last kill
        before = _staged(workspace)
        run = subprocess.Popen(_command(workspace), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        begun = time.perf_counter()
        while run.poll() is None and _staged(workspace) in (None, before):
            time.sleep(0.005)  # killed before it writes, it would only begin again
        begun_s = time.perf_counter() - begun
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(moment_s)
        kills += run.poll() is None
        run.send_signal(signal.SIGKILL)
        run.wait()
        done = len(list(workspace.root.glob("autograded/*/*/verdict.json")))
        _say(f"kill {number} of {KILLS}: after {begun_s:.1f} + {moment_s:.2f} s, {done} of {CLASS} were graded")
    return kills, _graded(workspace)


def _staged(workspace: Workspace) -> int | None:
    """Tells one submission that is being written from another; a killed run leaves its own behind."""
    with contextlib.suppress(OSError):
        return (workspace.staging / "submitted").stat().st_mtime_ns
    return None


def _say(text: str) -> None:
    print(f"repeat: {text}", file=sys.stderr, flush=True)
