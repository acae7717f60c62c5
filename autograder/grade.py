"""Grade a lab: what was collected in `submitted/` goes into nbgrader's gradebook, whatever it is.

Theory of operation
===================
1. Every submission is looked at first (`intake`): what can be repaired is, what cannot gets a row with its status. One
   student's broken notebook never stops the others.
2. The notebooks run side by side in jails (`proof`), a thread waiting for each; one writer, this thread, hands what
   came out to nbgrader's own autograding (`writer`). No more submissions are under way than there are threads to run
   them and a few that wait for the writer, so a class of any size takes the same memory.
3. A notebook whose process was killed by a signal may have lacked memory because of its neighbours: it runs once more
   when all others have ended, alone.
4. What is in `autograded/` is the only memory: started again after a kill, the command grades what has no
   `verdict.json` there, or another submission.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.v4 import new_markdown_cell
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from . import intake
from .course import find_course
from .engine import Here, default_jobs
from .errors import GraderError, UsageError
from .execute import Grader
from .jail import LEVELS, JailError
from .release import generate
from .sandbox import level_message
from .workspace import GRADED, Row, Workspace
from .writer import Job, Writer

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nbformat import NotebookNode

    from .cluster import Cluster
    from .course import Lab
    from .engine import Engine
    from .proof import Plan

AHEAD = 4  # submissions that may wait for the writer


def grade(
    workspace: Workspace,
    lab: Lab,
    grader: Grader,
    *,
    students: Sequence[str] = (),
    jobs: int = 1,
    engine: Engine | None = None,
    force: bool = False,
    progress: Progress | None = None,
    keep: Callable[[Job], None] | None = None,
) -> Iterator[Row]:
    """Grade the submissions of a lab, and yield a row for each student as it is written.

    Args:
        workspace: where submissions are and results go.
        lab: the lab.
        grader: the sandbox and what is known of the lab.
        students: whom to grade; everybody with a submission or in the gradebook by default.
        jobs: how many notebooks run at the same time.
        engine: where they run; this machine by default.
        force: whether to grade again what has not changed.
        progress: a progress bar to move.
        keep: called with each job before it is written.

    Raises:
        UsageError: if another run is at work in the same workspace, or nobody knows one of the students.
        GraderError: if the gradebook cannot be used.
    """
    source = lab.source.resolve()  # here, since nbgrader changes the current folder of the process
    with contextlib.ExitStack() as stack:
        stack.enter_context(workspace.locked())
        planned = stack.enter_context(_planned_aside(grader, source))
        blank = generate(lab.course, lab.folder)
        writer = stack.enter_context(Writer(workspace, lab, grader))
        planned.result()  # the reference has run before anybody else
        known = workspace.handed_in(lab.folder) | writer.students()
        if strangers := sorted(set(students) - known):
            raise UsageError(f"no submission of {', '.join(strangers)} for {lab.folder}, nor are they in the gradebook")
        everybody = list(students) or sorted(known)
        solved = lab.notebook()
        task = progress.add_task(lab.folder, total=len(everybody)) if progress else None

        engine = engine or Here(grader, jobs)

        def examine(student: str) -> Job | Row:
            return _examine(workspace, lab, engine, solved, blank, student, force)

        for job in _twice_if_killed(examine, everybody, engine.jobs):
            if keep and isinstance(job, Job):
                keep(job)
            yield job if isinstance(job, Row) else _written(writer, job)
            if progress and task is not None:
                progress.advance(task)


@contextlib.contextmanager
def _planned_aside(grader: Grader, source: Path) -> Iterator[Future[Plan]]:
    """Run the reference on a thread, while the blank lab and the gradebook are made ready."""
    with ThreadPoolExecutor(1, thread_name_prefix="reference") as aside:
        yield aside.submit(grader.plan, source)


def _written(writer: Writer, job: Job) -> Row:
    """Write a submission; what nbgrader refuses is told in its row, and the class goes on."""
    try:
        return writer.write(job)
    except GraderError as error:
        return Row(job.student, 0.0, 0.0, "not graded", str(error))


def _twice_if_killed(examine: Callable[[str], Job | Row], students: Iterable[str], jobs: int) -> Iterator[Job | Row]:
    """Examine all students; those whose process was killed once more at the end, alone."""
    killed = []
    for job in _side_by_side(examine, students, jobs):
        if isinstance(job, Job) and job.evaluation is not None and job.evaluation.killed:
            killed.append(job.student)
        else:
            yield job
    for student in killed:
        yield examine(student)


def _side_by_side(examine: Callable[[str], Job | Row], students: Iterable[str], jobs: int) -> Iterator[Job | Row]:
    """Examine students on threads, in the order in which they are done, only a few ahead of who takes them."""
    waiting = iter(students)
    with ThreadPoolExecutor(jobs, thread_name_prefix="submission") as pool:
        running = {pool.submit(examine, student) for student in islice(waiting, jobs)}
        ready: deque[Future[Job | Row]] = deque()
        try:
            while running or ready:
                done, running = wait(running, timeout=0 if ready else None, return_when=FIRST_COMPLETED)
                ready.extend(done)
                free = min(jobs - len(running), jobs + AHEAD - len(running) - len(ready))
                running |= {pool.submit(examine, student) for student in islice(waiting, max(0, free))}
                if ready:
                    yield ready.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _examine(
    workspace: Workspace, lab: Lab, engine: Engine, solved: NotebookNode, blank: str, student: str, force: bool
) -> Job | Row:
    """Look at a submission and run it; a row if there is nothing new in it, or if it could not be run."""
    fingerprint = workspace.fingerprint(student, lab)
    before = workspace.remembered(student, lab.folder)
    if before is not None and before.fingerprint == fingerprint and not force:
        return before
    found = intake.examine(workspace.submitted(student, lab.folder), name=f"{lab.folder}.ipynb", source=solved)
    if found.notebook is None:
        return Job(student, found, _stand_in(blank, found.reason), None, fingerprint)
    try:
        evaluation = engine.evaluate(lab.source.resolve(), found.notebook)
    except JailError as error:
        return Row(student, 0.0, 0.0, "not graded", f"it could not be run: {error}; start the command again")
    return Job(student, found, found.notebook, evaluation, fingerprint)


def _stand_in(blank: str, reason: str) -> NotebookNode:
    """The blank lab, with the reason on top, in place of a submission that cannot be read."""
    notebook: NotebookNode = nbformat.reads(blank, as_version=4)
    notebook.cells.insert(
        0, new_markdown_cell(f"**Your submission could not be graded:** {reason}", id="intake-reason")
    )
    return notebook


# --- the command ---
def report(rows: Sequence[Row], lab: Lab, wall_s: float) -> Table:
    """The table of a graded class."""
    table = Table(title=f"{lab.folder}: {len(rows)} students in {wall_s:.1f} s")
    for name in ("student", "score", "status", "seconds", "remarks"):
        table.add_column(name, justify="right" if name in ("score", "seconds") else "left")
    for row in sorted(rows, key=lambda row: row.student):
        remarks = "; ".join(filter(None, [row.reason, *row.flags]))
        table.add_row(
            escape(row.student), f"{row.score:g} / {row.max_score:g}", row.status, f"{row.wall_s:.2f}", escape(remarks)
        )
    return table


def progress_bar(console: Console) -> Progress:
    """A bar that tells how many are done, how many a minute, and how long it will take."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=console,
    )


class _Rate(ProgressColumn):
    """Submissions a minute."""

    def render(self, task: Task) -> Text:
        """How fast it goes; a dash until that is known."""
        return Text(f"{60 * task.speed:.0f}/min" if task.speed else "-/min")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define `autograder grade`."""
    parser.add_argument("lab", metavar="LAB", help="number, slug or folder of the lab")
    parser.add_argument(
        "--student", action="append", default=[], metavar="S", help="only this student; may be repeated"
    )
    parser.add_argument("--jobs", type=int, default=default_jobs(), metavar="N", help="notebooks at the same time")
    parser.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="folder with submitted/ (default: here)"
    )
    parser.add_argument("--force", action="store_true", help="grade again what has not changed")
    parser.add_argument("--secret", metavar="HEX", help="repeat a run with its unseen inputs, from its verdict.json")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="run the notebooks on a Dask cluster")
    parser.add_argument("--unsafe", action="store_true", help="run without a jail where none can be built")
    parser.add_argument("--level", choices=LEVELS, help="exactly this isolation (default: the strongest that holds)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def main(args: argparse.Namespace) -> int:
    """Run `autograder grade`: 0 if every submission was graded as it was, else 1."""
    course = find_course(getattr(args, "course", None))
    lab = course.lab(args.lab)
    workspace = Workspace(args.root.resolve(), course)
    if not (workspace.root / "submitted").is_dir():
        raise UsageError(f"no submitted/ in {args.root}: collect first (nbgrader collect), or give --root DIR")
    console = Console(stderr=True, quiet=args.json)
    started = time.perf_counter()
    with contextlib.ExitStack() as stack:
        grader = Grader(unsafe=args.unsafe, secret=args.secret, level=args.level)
        stack.callback(grader.close)
        console.print(level_message(grader.sandbox.level))
        options: dict[str, Any] = {"students": args.student, "jobs": args.jobs, "force": args.force}
        if args.scheduler:
            options["engine"] = stack.enter_context(_cluster(args.scheduler, grader, args))
        progress = stack.enter_context(progress_bar(console))
        rows = []
        for row in grade(workspace, lab, grader, progress=progress, **options):
            progress.console.print(f"{row.student}  {row.score:g} / {row.max_score:g}  {row.status}", markup=False)
            rows.append(row)
    wall_s = time.perf_counter() - started
    if args.json:
        told = ("score", "max_score", "status", "flags")
        students = {row.student: {name: asdict(row)[name] for name in told} for row in rows}
        print(json.dumps({"students": students, "wall_s": round(wall_s, 3)}))
    else:
        Console().print(report(rows, lab, wall_s))
    fell_short = [row for row in rows if row.status != GRADED]
    for row in fell_short:
        print(f"{row.student}: {row.status}: {row.reason}", file=sys.stderr)
    return 1 if fell_short else 0


def _cluster(address: str, grader: Grader, args: argparse.Namespace) -> Cluster:
    try:
        from .cluster import Cluster
    except ImportError:
        raise UsageError("--scheduler needs Dask: pip install 'servicelab[cluster]'") from None
    return Cluster(address, grader, unsafe=args.unsafe, level=args.level)
