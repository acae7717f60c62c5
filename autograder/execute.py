"""nbgrader's own autograding, with the execution and the score replaced by a proof.

`configure(c)` is all that an instructor's `nbgrader_config.py` needs: `nbgrader autograde` and formgrader's button then
run every notebook in the sandbox, and a graded cell earns what was proven (`proof`, `transcript`), not what its outputs
look like. Everything else stays nbgrader's: cleaning, overwriting, late penalties, the gradebook.
"""

from __future__ import annotations

import atexit
import json
import secrets
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import nbformat
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import validator_for
from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    GetGrades,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)

from .gradebook import grades_of
from .pages import ENAMES, TEMPLATES, FeedbackPage, HideHiddenChecks
from .proof import Evaluation, Plan, evaluate, grade_id_of, make_plan
from .replays import drawn
from .sandbox import Sandbox
from .transcript import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode
    from traitlets.config import Config

_SHOWN = ("text/plain", "text/html", "image/png", "image/jpeg", "text/markdown", "text/latex")


class Grader:
    """What one grading run shares: the sandbox, the secret, a plan for each notebook, the evaluations made.

    Args:
        unsafe: whether to run student code with resource limits only, where no jail can be built.
        secret: where unseen inputs come from; a fresh one by default. With it a run can be repeated exactly.
        level: exactly this level of isolation; the strongest that there is by default.
    """

    def __init__(self, *, unsafe: bool = False, secret: str | None = None, level: str | None = None) -> None:
        self.secret = secret or secrets.token_hex(16)
        self.sandbox = Sandbox(level=level, unsafe=unsafe)
        self.plans: dict[Path, Plan] = {}
        self._made: dict[tuple[str, str], Evaluation] = {}
        self._planning = threading.Lock()

    def plan(self, source: Path) -> Plan:
        """The plan for a source notebook; the reference runs at the first request."""
        with self._planning:
            if source not in self.plans:
                notebook = nbformat.read(source, as_version=4)
                self.plans[source] = make_plan(source.stem, notebook, self.sandbox, secret=self.secret)
            return self.plans[source]

    def evaluate(self, source: Path, notebook: NotebookNode) -> Evaluation:
        """Run and judge a notebook; may be called from several threads."""
        return evaluate(self.plan(source), notebook, self.sandbox)

    def expect(self, student: str, notebook_id: str, evaluation: Evaluation) -> None:
        """Keep what a student's notebook showed for the moment when nbgrader asks for it."""
        self._made[student, notebook_id] = evaluation

    def evaluation_of(self, student: str, notebook_id: str, source: Path, notebook: NotebookNode) -> Evaluation:
        """What a student's notebook shows: taken from what is kept, else it is run now."""
        made = self._made.pop((student, notebook_id), None)
        return made or self.evaluate(source, notebook)

    def close(self) -> None:
        """End the sandbox and everything in it."""
        self.sandbox.close()


_grader: Grader | None = None


def shared_grader() -> Grader:
    """The grader of this process, for nbgrader's own commands."""
    if _grader is None:
        grader = Grader()
        use_grader(grader)
        atexit.register(grader.close)
        return grader
    return _grader


def use_grader(grader: Grader | None) -> None:
    """Let the preprocessors of this process use a grader."""
    global _grader
    _grader = grader


class ProvenExecute(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader is untyped
    """Run the notebook in the sandbox; write what its cells printed and the verdicts as outputs."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Execute a sanitised submission."""
        about = resources["nbgrader"]
        grader = shared_grader()
        coursedir = CourseDirectory(config=self.config)
        folder = coursedir.format_path(coursedir.source_directory, ".", about["assignment"])
        source = Path(folder).resolve() / f"{about['notebook']}.ipynb"
        evaluation = grader.evaluation_of(about["student"], about["notebook"], source, nb)
        _write_outputs(nb, evaluation)
        about["verdicts"] = evaluation.verdicts
        return nb, resources


class SaveProvenGrades(SaveAutoGrades):  # type: ignore[misc]
    """Save the score of a test cell from its verdict; without one it is 0."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Save scores and comments."""
        self.verdicts: dict[str, Verdict] = resources["nbgrader"].get("verdicts", {})
        self.grades: dict[str, Any] = {}
        return super().preprocess(nb, resources)  # type: ignore[no-any-return]

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        grade_id = grade_id_of(cell)
        if grade_id is None:
            super()._add_score(cell, resources)
            return
        grade = _grade(self, grade_id)
        verdict = self.verdicts.get(grade_id)
        grade.auto_score = min(verdict.points, float(cell.metadata["nbgrader"]["points"])) if verdict else 0.0
        grade.needs_manual_grade = grade.manual_score is not None
        self.gradebook.db.commit()


class GetAllGrades(GetGrades):  # type: ignore[misc]
    """nbgrader's step that puts scores into the cells; it reads them at once, not with a query for each cell."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Put scores and comments into the cells."""
        self.grades: dict[str, Any] = {}
        return super().preprocess(nb, resources)  # type: ignore[no-any-return]

    def _get_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        grade = _grade(self, cell.metadata["nbgrader"]["grade_id"])
        cell.metadata.nbgrader["score"] = grade.score
        cell.metadata.nbgrader["points"] = grade.max_score


def _grade(step: SaveProvenGrades | GetAllGrades, grade_id: str) -> Any:
    """The row of a graded cell: all of its notebook are read with the first."""
    about = step.notebook_id, step.assignment_id, step.student_id
    step.grades = step.grades or grades_of(step.gradebook, *about)
    return step.grades.get(grade_id) or step.gradebook.find_grade(grade_id, *about)


class CheckMetadata(CheckCellMetadata):  # type: ignore[misc]
    """nbgrader's check of the cells' marks; equal marks are looked at once, not in each submission."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Refuse a notebook whose marks are not nbgrader's."""
        with mock.patch("nbgrader.nbgraderformat.common.jsonschema.validate", _validate):
            return super().preprocess(nb, resources)  # type: ignore[no-any-return]


def _validate(marks: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """`jsonschema.validate`; most submissions have the same marks, which are looked at once."""
    error = _fault(json.dumps(marks), json.dumps(schema))
    if error is not None:
        raise error.with_traceback(None)  # it is kept, and would keep every frame that it has gone through


@lru_cache(maxsize=1024)
def _fault(marks: str, schema: str) -> ValidationError | None:
    read = json.loads(schema)
    return best_match(validator_for(read)(read).iter_errors(json.loads(marks)))


def _write_outputs(nb: NotebookNode, evaluation: Evaluation) -> None:
    """Fill in the outputs of all code cells, as a kernel would have."""
    for index, cell in enumerate(cell for cell in nb.cells if cell.cell_type == "code"):
        grade_id = grade_id_of(cell)
        cell.execution_count = index + 1
        if grade_id is not None:
            verdict = evaluation.verdicts.get(grade_id)
            cell.outputs = [_verdict_output(verdict), *_pictures(evaluation, grade_id)] if verdict else []
        elif index in evaluation.outputs:
            cell.outputs = _clean(evaluation.outputs[index], index + 1)
            if index in evaluation.errors and not any(out.output_type == "error" for out in cell.outputs):
                cell.outputs.append(_error("NotRun", evaluation.errors[index], [evaluation.errors[index]]))


def _verdict_output(verdict: Verdict) -> NotebookNode:
    if verdict.failure is None:
        return _output("stream", name="stdout", text="Passed.\n")
    lines = verdict.failure.text().splitlines()
    return _error(ENAMES[verdict.status], verdict.failure.headline, [f"\x1b[1m{lines[0]}\x1b[0m", *lines[1:]])


def _pictures(evaluation: Evaluation, grade_id: str) -> Iterator[NotebookNode]:
    """The timeline of the run that failed a check, if there is one."""
    timeline = evaluation.timelines.get(grade_id)
    if timeline is not None and (data := drawn(timeline)) is not None:
        yield _output("display_data", data=data, metadata={})


def _output(kind: str, **fields: Any) -> NotebookNode:
    """An output of nbformat's; the notebook is validated as a whole, `new_output` would do so for each."""
    made: NotebookNode = nbformat.from_dict({"output_type": kind, **fields})
    return made


def _error(ename: str, evalue: str, traceback: list[str]) -> NotebookNode:
    return _output("error", ename=ename, evalue=evalue, traceback=traceback)


def _clean(outputs: list[dict[str, Any]], count: int) -> list[NotebookNode]:
    """Keep the well-formed outputs of a student's cell, with known fields and kinds of data only."""
    kept = []
    for output in outputs:
        try:
            kept.append(_cleaned(output, count))
        except (KeyError, TypeError, ValueError):
            continue
    return kept


def _cleaned(output: dict[str, Any], count: int) -> NotebookNode:
    kind = output["output_type"]
    if kind == "stream" and output["name"] in ("stdout", "stderr"):
        return _output("stream", name=output["name"], text=str(output["text"]))
    if kind == "error":
        traceback = [str(line) for line in output["traceback"]]
        return _error(str(output["ename"]), str(output["evalue"]), traceback)
    data = {kind: str(value) for kind, value in output["data"].items() if kind in _SHOWN}
    if kind == "execute_result":
        return _output("execute_result", data=data, metadata={}, execution_count=count)
    if kind == "display_data":
        return _output("display_data", data=data, metadata={})
    raise ValueError(kind)


def configure(c: Config) -> None:
    """Put the proof in place of nbgrader's execution, and keep hidden checks out of feedback.

    Args:
        c: the configuration object of an `nbgrader_config.py`.
    """
    c.Autograde.autograde_preprocessors = [
        ProvenExecute,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveProvenGrades,
        AssignLatePenalties,
        CheckMetadata,
    ]
    c.Autograde.sanitize_preprocessors = [
        CheckMetadata if step is CheckCellMetadata else step for step in Autograde.sanitize_preprocessors.default()
    ]
    c.OverwriteCells.add_missing_cells = True
    c.ClearMetadataPreprocessor.preserve_cell_metadata_mask = [("nbgrader",)]
    c.GenerateFeedback.exporter_class = FeedbackPage
    c.GenerateFeedback.preprocessors = [GetAllGrades, HideHiddenChecks, CSSHTMLHeaderPreprocessor]
    c.FeedbackPage.template_name = "servicelab_feedback"
    c.FeedbackPage.extra_template_basedirs = [str(TEMPLATES)]
    c.HTMLExporter.sanitize_html = True
