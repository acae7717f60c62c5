"""Run a notebook and prove its graded cells: the reference first, once, then any number of submissions.

A `Plan` holds what the reference solution showed. `evaluate` runs one notebook in the sandbox, in document order: the
student's cells as they are; where a graded cell stands, the names are kept. After the last cell the graded cells
follow, rewritten (`transcript`), each with the names of its place: the open ones first, then the hidden ones, since
what an open check shows is told to the student. `evaluate` judges what comes out. A run that has failed an open check
is replayed for its timeline (`replays`). Nothing here touches nbgrader's gradebook; `execute` does.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from servicelab.schedules import dictated

from .episodes import Transcript, read
from .errors import CourseError
from .graded_cells import GradedCell, graded_cell
from .notebooks import is_check, nbgrader
from .replays import Replays
from .transcript import Expectation, Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nbformat import NotebookNode

    from servicelab.lanes import Timeline

    from .sandbox import Sandbox

SCHEDULES = 6
CELL_LIMIT_S = 10.0
CHECK_LIMIT_S = 20.0
NOTEBOOK_LIMIT_S = 300.0
AFTER_HANG_S = 30.0  # what is left to a notebook whose process itself has once stopped answering
MAX_RESTARTS = 3


@dataclass(frozen=True)
class Evaluation:
    """What running one notebook showed.

    Attributes:
        verdicts: by grade id, for every graded cell of the plan.
        outputs: by position among the code cells: what an ungraded cell printed and displayed.
        errors: by the same position: why an ungraded cell failed, if it did.
        verdict: how the process ended: "ok", "died", "timeout" or another word of the sandbox.
        wall_s: real seconds that the run took.
        killed: whether a signal ended the process, as when memory runs out.
        timelines: by grade id: of open checks that have failed, the run that shows why, where it could be recorded.
    """

    verdicts: dict[str, Verdict]
    outputs: dict[int, list[dict[str, Any]]]
    errors: dict[int, str]
    verdict: str
    wall_s: float
    killed: bool = False
    timelines: dict[str, Timeline] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """How to judge one notebook.

    Attributes:
        notebook_id: name of the notebook, "00-first-nursery".
        secret: where the unseen inputs come from; with it the run can be repeated exactly.
        cells: the graded cells by grade id.
        picks: the dictated schedules.
        expectations: what the reference showed, by grade id.
    """

    notebook_id: str
    secret: str
    cells: dict[str, GradedCell]
    picks: tuple[tuple[int, ...], ...]
    expectations: dict[str, Expectation] = field(default_factory=dict)

    def faults(self) -> list[str]:
        """What makes checks unfit to judge anybody, one line each."""
        return [
            f"check {cell.check_id}: {fault}"
            for grade_id, cell in self.cells.items()
            for fault in self.expectations[grade_id].faults()
        ]

    def seed(self, grade_id: str) -> str:
        """The seed of a cell's unseen inputs."""
        return hmac.new(self.secret.encode(), f"{self.notebook_id}/{grade_id}".encode(), hashlib.sha256).hexdigest()


def grade_id_of(cell: NotebookNode) -> str | None:
    """The nbgrader id of a graded test cell; None for every other cell."""
    return str(nbgrader(cell)["grade_id"]) if is_check(cell) else None


def make_plan(
    notebook_id: str,
    source: NotebookNode,
    sandbox: Sandbox,
    *,
    secret: str,
    schedules: int = SCHEDULES,
    picks: Sequence[Sequence[int]] | None = None,
) -> Plan:
    """Read a source notebook and run its reference solution once.

    Args:
        notebook_id: name of the notebook.
        source: the notebook with its solutions and hidden checks.
        sandbox: where it runs.
        secret: where the unseen inputs come from.
        schedules: how many schedules each check runs under.
        picks: the schedules themselves; drawn from the secret by default.

    Raises:
        CourseError: if the reference does not run or does not pass its own checks.
    """
    cells = {}
    for cell in source.cells:
        grade_id = grade_id_of(cell)
        if grade_id is not None:
            cells[grade_id] = graded_cell(cell.source, float(nbgrader(cell)["points"]))
    lists = dictated(schedules, seed=secret) if picks is None else picks
    plan = Plan(notebook_id, secret, cells, tuple(map(tuple, lists)))
    result = sandbox.run(
        _requests(plan, source, lambda cell: cell.for_reference, None, through=True),
        wall_s=NOTEBOOK_LIMIT_S * 2,
        max_bytes=256 << 20,
    )
    replies = {reply["index"]: reply for reply in result.replies if reply["op"] != "place"}
    for index, cell in enumerate(_code_cells(source)):
        grade_id = grade_id_of(cell)
        reply = replies.get(index)
        if grade_id is not None:
            transcript = read(reply["events"]) if reply else Transcript(broken=f"not run: {result.verdict}")
            plan.expectations[grade_id] = Expectation(cells[grade_id], plan.picks, transcript)
        elif reply is None or not reply["ok"]:
            why = _why(reply) if reply else result.verdict
            raise CourseError(
                f"{notebook_id}: code cell {index + 1} of the reference fails: {why}\n{cell.source[:200]}"
            )
    if plan.faults():
        raise CourseError(f"{notebook_id}: the reference does not hold its own checks:\n" + "\n".join(plan.faults()))
    return plan


def evaluate(
    plan: Plan, notebook: NotebookNode, sandbox: Sandbox, *, only: Callable[[NotebookNode], bool] | None = None
) -> Evaluation:
    """Run a notebook in the sandbox and judge its graded cells.

    Args:
        plan: from `make_plan`.
        notebook: the submission; its graded cells are taken from the plan, by grade id, whatever their text.
        sandbox: where it runs.
        only: tells which cells to run; all by default. A graded cell that is not run has no verdict.

    Returns:
        The evaluation; graded cells that the notebook lacks, or that were not reached, are not judged and earn nothing.
    """
    requests = _requests(plan, notebook, lambda cell: cell.for_student, only)
    checks = {place: grade_id for place, cell in enumerate(_code_cells(notebook)) if (grade_id := grade_id_of(cell))}
    expected = {place: plan.expectations[grade_id] for place, grade_id in checks.items() if grade_id in plan.cells}
    run = _run(requests, sandbox, expected)
    verdicts: dict[str, Verdict] = {}
    outputs: dict[int, list[dict[str, Any]]] = {}
    errors: dict[int, str] = {}
    asked = {request["index"] for request in requests}
    for index, cell in enumerate(_code_cells(notebook)):
        grade_id = grade_id_of(cell)
        reply = run.replies.get(index)
        if index not in asked:
            continue
        if grade_id is not None and grade_id in plan.cells:
            verdicts[grade_id] = run.verdicts.get(index) or _verdict(plan, grade_id, reply, run.why(index))
        else:
            outputs[index] = reply["outputs"] if reply else []
            if reply is None or not reply["ok"]:
                errors[index] = _why(reply) if reply else run.why(index)
    if only is None:
        for grade_id in plan.cells.keys() - verdicts.keys():
            verdicts[grade_id] = _verdict(plan, grade_id, None, run.verdict)
    timelines = {checks[index]: timeline for index, timeline in run.timelines.items()}
    return Evaluation(verdicts, outputs, errors, run.verdict, run.wall_s, run.killed, timelines)


@dataclass
class _Run:
    """Replies by index, gathered over as many jails as it took.

    Attributes:
        replies: what was answered.
        ended: by index: the requests that ended the process, and how.
        verdict: how it went: "ok", or how the process ended first.
        wall_s: real seconds in all.
        killed: whether a signal ended one of the processes.
        timelines: by index: of the checks that were replayed.
        verdicts: by index: of the checks that are judged already.
    """

    replies: dict[int, dict[str, Any]] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)
    verdict: str = "ok"
    wall_s: float = 0.0
    killed: bool = False
    timelines: Mapping[int, Timeline] = field(default_factory=dict)
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)

    def why(self, index: int) -> str:
        """Why a request has no reply."""
        return self.ended.get(index, self.verdict)


def _run(requests: Sequence[dict[str, Any]], sandbox: Sandbox, expected: Mapping[int, Expectation]) -> _Run:
    """Run requests; a cell that ends the process loses itself only: the rest runs again without it."""
    run = _Run()
    may_replay, limit_s = True, NOTEBOOK_LIMIT_S
    while run.wall_s < limit_s:
        asked = [request for request in requests if request["index"] not in run.ended]
        replays = Replays(expected)
        further = replays.further if may_replay else None
        result = sandbox.run(asked, wall_s=limit_s - run.wall_s, further=further)
        run.wall_s += result.wall_s
        run.killed = run.killed or (result.verdict == "died" and (result.exit or 0) < 0)
        answers = [reply for reply in result.replies if reply["op"] != "replay"]
        run.replies = {reply["index"]: reply for reply in answers if reply["op"] != "place"}
        run.timelines, run.verdicts = replays.timelines, replays.verdicts
        if result.verdict == "ok" or len(answers) == len(asked):
            break
        if result.verdict == "timeout":
            limit_s = min(limit_s, run.wall_s + AFTER_HANG_S)
        if replays.unanswered and run.wall_s < limit_s:
            may_replay = False
            continue
        run.verdict = result.verdict if run.verdict == "ok" else run.verdict
        run.ended[asked[len(answers)]["index"]] = result.verdict
        if len(run.ended) > MAX_RESTARTS:
            break
    return run


def _verdict(plan: Plan, grade_id: str, reply: Mapping[str, Any] | None, why: str) -> Verdict:
    """Judge one graded cell; without a reply the notebook's process ended first."""
    if reply is None:
        return judge(plan.expectations[grade_id], [], status=f"not run: {why}")
    return judge(plan.expectations[grade_id], reply["events"], status=reply["status"])


def _why(reply: Mapping[str, Any]) -> str:
    errors = [output for output in reply["outputs"] if output.get("output_type") == "error"]
    return f"{errors[-1]['ename']}: {errors[-1]['evalue']}" if errors else str(reply["error"])


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _requests(
    plan: Plan,
    notebook: NotebookNode,
    form: Callable[[GradedCell], str],
    only: Callable[[NotebookNode], bool] | None,
    *,
    through: bool = False,
) -> list[dict[str, Any]]:
    """The sandbox's requests: cells and places in document order, then the open checks, then the hidden ones.

    Graded cells between which no other cell runs have one place.
    """
    requests: list[dict[str, Any]] = []
    open_checks: list[dict[str, Any]] = []
    hidden_checks: list[dict[str, Any]] = []
    place = None
    for index, cell in enumerate(_code_cells(notebook)):
        if only is not None and not only(cell):
            continue
        grade_id = grade_id_of(cell)
        if grade_id in plan.cells:
            graded = plan.cells[grade_id]
            if place is None:
                place = index
                requests.append({"op": "place", "index": index, "limit_s": CELL_LIMIT_S})
            checks = hidden_checks if graded.hidden else open_checks
            request = _check_request(plan, grade_id, index, form(graded))
            checks.append({**request, "place": place, "through": through})
        else:
            place = None
            request = {"op": "cell", "index": index, "source": cell.source, "limit_s": CELL_LIMIT_S}
            requests.append({**request, "given": is_given(cell)})
    return [*requests, *open_checks, *hidden_checks]


def is_given(cell: NotebookNode) -> bool:
    """Whether a cell is locked and not graded: its text is the course's."""
    marks = nbgrader(cell)
    return bool(marks.get("locked")) and not marks.get("solution") and not marks.get("grade")


def _check_request(plan: Plan, grade_id: str, index: int, source: str) -> dict[str, Any]:
    return {
        "op": "check",
        "index": index,
        "id": plan.cells[grade_id].check_id,
        "source": source,
        "schedules": [list(one) for one in plan.picks],
        "seed": plan.seed(grade_id),
        "limit_s": CHECK_LIMIT_S,
    }
