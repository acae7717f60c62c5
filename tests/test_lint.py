"""The course lint finds each thing that it is there to find, and nothing in a lab that obeys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from autograder import kernels, lint, outputs, release
from autograder.course import Course, find_course
from autograder.errors import ExecutionError
from autograder.findings import Finding

from .tiny_course import CHECK, FOLDER, HIDDEN, HINTS, SOLUTION, SOURCE, SPEC, cell_of, make_course

REAL = find_course(Path(__file__).parent.parent)
PRESENT = [folder for folder in REAL.folders if REAL.source(folder).is_file()]

Change = Callable[[NotebookNode], object]


def static(course: Course) -> list[tuple[str, str]]:
    return [(finding.cell, finding.rule) for finding in lint.lab_findings(course, FOLDER, run=False)]


def source(cell_id: str, text: str) -> Change:
    return lambda notebook: cell_of(notebook, cell_id).update(source=text)


def replaced(cell_id: str, text: str, old: str, new: str) -> Change:
    assert old in text
    return source(cell_id, text.replace(old, new))


def without(cell_id: str) -> Change:
    return lambda notebook: notebook.cells.remove(cell_of(notebook, cell_id))


def output(cell_id: str, text: str) -> Change:
    return lambda notebook: cell_of(notebook, cell_id).outputs.append(new_output("stream", name="stdout", text=text))


def test_a_lab_that_obeys_has_no_findings(tmp_path):
    course = make_course(tmp_path)
    list(release.release(course, course.folders))

    assert lint.lint(course, course.folders, run=False) == []


LOOK = '"what await gives you: hint 1"'
EQUAL = 'assert await double(returns(value)) == 2 * value, "double returns twice what the function returned"'
BROKEN: list[tuple[Change, tuple[str, str]]] = [
    # the notebook
    (lambda notebook: notebook.metadata.servicelab.update(minutes="5"), ("notebook", "metadata")),
    (
        lambda notebook: notebook.metadata.update(kernelspec={"name": "ir", "display_name": "R"}),
        ("notebook", "metadata"),
    ),
    (lambda notebook: notebook.metadata.update(jupytext={"formats": "ipynb,py"}), ("notebook", "paired")),
    (lambda notebook: notebook.metadata.update(widgets={"state": {}}), ("notebook", "widget-state")),
    (lambda notebook: notebook.metadata.update(covers=["S1.1", "S1.2"]), ("notebook", "covers")),
    (lambda notebook: notebook.metadata.update(covers=["S1.1", "S9.9"]), ("notebook", "covers")),
    (lambda notebook: notebook.metadata.update(covers=[]), ("notebook", "covers")),
    (source("title", "# 00 Tiny"), ("notebook", "title")),
    (source("title", "Tiny\n\n| a |\n|---|"), ("notebook", "title")),
    (source("title", "# Tiny\n\n| a |\n|---|"), ("title", "title")),
    (source("map", "## Where we are\n\n# Another title\n\n```mermaid\n```"), ("notebook", "title")),
    (source("map", "## Where we are"), ("notebook", "map")),
    (source("setup", "%load_ext autoreload"), ("setup", "setup")),
    (without("predict"), ("notebook", "predict")),
    (without("reveal"), ("predict", "predict")),
    (without("panel"), ("notebook", "panel")),
    (without("interview"), ("notebook", "interview")),
    (without("interview-answer"), ("notebook", "interview")),
    (source("interview", "## Interview corner"), ("interview", "interview")),
    # cells
    (lambda notebook: cell_of(notebook, "map").update(id="Map_1"), ("Map_1", "cell-id")),
    (lambda notebook: cell_of(notebook, "map").update(id="1a2b3c4d"), ("1a2b3c4d", "cell-id")),
    (source("e1-try", "%timeit 1\n%timeit 2"), ("e1-try", "magic")),
    (source("e1-try", "\n".join(["x = 1"] * 31)), ("e1-try", "length")),
    (
        lambda notebook: [cell.update(source=cell.source + "\n" * 8) for cell in notebook.cells if cell.id != "setup"],
        ("notebook", "length"),
    ),
    (source("e1-try", 'open("/home/ada/lab.txt")'), ("e1-try", "path")),
    (output("e1-try", "2026-01-31T09:30:00 started"), ("e1-try", "timestamp")),
    (output("e1-try", "<function f at 0x7f0011223344>"), ("e1-try", "address")),
    (lambda notebook: cell_of(notebook, "map").metadata.update(collapsed=True), ("map", "metadata")),
    (lambda notebook: cell_of(notebook, "e1-try").update(execution_count=None), ("notebook", "outputs")),
    # exercises
    (source("e1-spec", "## Exercise 0.1 Twice"), ("e1-spec", "exercise")),
    (source("e1-spec", SPEC.split("|", maxsplit=1)[0]), ("e1-spec", "spec")),
    (source("e1-spec", SPEC.replace("3 points", "4 points")), ("e1-spec", "points")),
    (without("e1-stub"), ("e1-spec", "stub")),
    (without("e1-try"), ("e1-spec", "try-it")),
    (without("e1-hints"), ("e1-spec", "hints")),
    (source("e1-hints", HINTS.split("---", maxsplit=1)[0]), ("e1-spec", "hints")),
    (source("e1-hints", HINTS.replace("0.1", "0.2")), ("e1-spec", "hints")),
    (lambda notebook: cell_of(notebook, "e1-stub").metadata.servicelab.update(covers=[]), ("e1-spec", "covers")),
    (source("e1-stub", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"), ("e1-spec", "stub")),
    (
        lambda notebook: [without(cell)(notebook) for cell in ("e1-check-doubles", "e1-check-waits")],
        ("e1-spec", "points"),
    ),
    (
        replaced("e1-hints", HINTS, "value = await ...", "\n".join(SOLUTION.split("\n")[3:5])),
        ("e1-hints", "answer"),
    ),
    # checks
    (replaced("e1-check-doubles", CHECK, "0.1-doubles", "0.1-Doubles"), ("e1-check-doubles", "check-form")),
    (replaced("e1-check-doubles", CHECK, "0.1-doubles", "0.1-other"), ("e1-check-doubles", "check-form")),
    (replaced("e1-check-doubles", CHECK, "twice the value", "twice the value."), ("e1-check-doubles", "check-form")),
    (
        replaced("e1-check-doubles", CHECK, "verify(check, look", "print(check, look"),
        ("e1-check-doubles", "check-form"),
    ),
    (replaced("e1-check-waits", HIDDEN, "async def check():\n", "\n"), ("e1-check-waits", "check-form")),
    *[
        (replaced("e1-check-doubles", CHECK, LOOK, look), ("e1-check-doubles", "check-form"))
        for look in ('{"no promise": "there", "": "here"}', "{}", '{"": 1}')
    ],
    (
        source("e1-check-waits", HIDDEN.replace("### BEGIN HIDDEN TESTS\n", "import os\n### BEGIN HIDDEN TESTS\n")),
        ("e1-check-waits", "check-form"),
    ),
    (replaced("e1-check-doubles", CHECK, EQUAL, "await double(returns(value))"), ("e1-check-doubles", "assert-form")),
    (replaced("e1-check-doubles", CHECK, EQUAL, 'assert value, "promise"'), ("e1-check-doubles", "assert-form")),
    (replaced("e1-check-doubles", CHECK, EQUAL, "assert value == 2"), ("e1-check-doubles", "assert-form")),
    (replaced("e1-check-doubles", CHECK, EQUAL, 'assert 1 < value < 2, "x"'), ("e1-check-doubles", "assert-form")),
    (replaced("e1-check-doubles", CHECK, EQUAL, 'assert value is 2, "x"'), ("e1-check-doubles", "assert-form")),
    (
        replaced("e1-check-doubles", CHECK, EQUAL, 'try:\n        assert value == 1, "x"\n    finally:\n        pass'),
        ("e1-check-doubles", "assert-form"),
    ),
    (
        replaced("e1-check-doubles", CHECK, 'unseen("value").randint(1, 99)', "5"),
        ("e1-check-doubles", "guessable"),
    ),
]


@pytest.mark.parametrize(("change", "wanted"), BROKEN)
@pytest.mark.filterwarnings("ignore:.*is. with .*int. literal:SyntaxWarning")
def test_what_is_broken_is_found(tmp_path, change, wanted):
    assert wanted in static(make_course(tmp_path, change))


def test_a_helper_that_draws_unseen_inputs_counts(tmp_path):
    def change(notebook):
        cell = cell_of(notebook, "given-returns")
        cell.source += '\n\ndef drawn():\n    return unseen("value").randint(1, 99)'
        replaced("e1-check-doubles", CHECK, 'unseen("value").randint(1, 99)', "drawn()")(notebook)

    assert static(make_course(tmp_path, change)) == []


def test_an_id_that_is_neither_covered_nor_planned_is_found(tmp_path):
    course = make_course(tmp_path)
    toml = course.root / "solutions" / "course.toml"
    toml.write_text(toml.read_text().replace('"S1.2" = "01-later"', '"S1.3" = "00-tiny"'), encoding="utf-8")

    assert [finding.message for finding in lint.course_findings(find_course(course.root))] == [
        "S1.2 is neither covered nor planned",
        "S1.3 is no coverage id",
        "S1.3 is planned for 00-tiny, which is there",
    ]


def test_a_finding_is_one_line_with_file_cell_rule_and_how_to_mend_it():
    finding = Finding("labs/a.ipynb", "e1", "stale", "is\nold", "autograder release")

    assert str(finding) == "labs/a.ipynb: e1: stale: is old; mend: autograder release"


def test_every_stub_fails_and_every_solution_passes_in_the_tiny_lab(tmp_path):
    lab = make_course(tmp_path).lab("00")

    assert list(lint.stub_failures(lab)) == []
    assert list(lint.solution_failures(lab)) == []


def test_a_check_that_the_stub_passes_is_found(tmp_path):
    lab = make_course(tmp_path, source("e1-check-doubles", CHECK.split("\n", 1)[0] + "\nverify(two)")).lab("00")

    assert [(finding.cell, finding.rule) for finding in lint.stub_failures(lab)] == [
        ("e1-check-doubles", "stub-passes")
    ]


def test_a_solution_that_fails_its_check_is_found(tmp_path):
    wrong = SOLUTION.replace("secret_value + secret_value", "secret_value")
    lab = make_course(tmp_path, source("e1-stub", wrong)).lab("00")

    assert [(finding.cell, finding.rule) for finding in lint.solution_failures(lab)] == [
        ("e1-check-doubles", "solution-fails")
    ]


def test_a_slow_lab_is_found(tmp_path, monkeypatch):
    lab = make_course(tmp_path).lab("00")
    monkeypatch.setattr(lint.kernels, "execute", lambda *_: kernels.Execution(lab.notebook(), 12.0))

    assert [finding.message for finding in lint.solution_failures(lab)] == ["takes 12.0 s with the solutions"]


def test_what_the_grading_path_observed_is_part_of_the_lint(tmp_path, monkeypatch):
    finding = Finding("f", "c", "schedule", "depends on the schedule")
    monkeypatch.setattr("autograder.observed.findings", lambda _: [finding])

    assert list(lint.observed_findings(make_course(tmp_path).lab("00"))) == [finding]


def test_stored_outputs_are_those_of_a_clean_run(tmp_path):
    def change(notebook):
        notebook.metadata.update(widgets={"state": {}})
        shown = 'import os\nprint(1)\nprint(2)\nos.environ["SERVICELAB_HOME"] != ""'
        notebook.cells.append(new_code_cell(shown, id="shown", metadata={"execution": {"a": "b"}}))

    course = make_course(tmp_path, change)

    assert [outputs.refresh(course, FOLDER), outputs.refresh(course, FOLDER)] == [True, False]
    lab = course.lab("00").notebook()
    assert [cell.execution_count for cell in lab.cells if cell.cell_type == "code"] == list(range(1, 14))
    assert (dict(cell_of(lab, "shown").metadata), "widgets" in lab.metadata) == ({}, False)
    shown = cell_of(lab, "shown").outputs
    assert [shown[0].text, shown[1].data, shown[1].execution_count] == ["1\n2\n", {"text/plain": "True"}, 13]


def test_outputs_of_a_failing_notebook_are_not_stored(tmp_path):
    course = make_course(tmp_path, source("e1-try", "1 / 0"))

    with pytest.raises(ExecutionError, match=r"^solutions/.*: cell e1-try: ZeroDivisionError: division by zero$"):
        outputs.refresh(course, FOLDER)


def test_a_cell_may_say_that_it_raises_and_shows_no_path_of_this_machine(tmp_path):
    def change(notebook):
        cell_of(notebook, "e1-try").update(source="import json\njson.loads('')")
        cell_of(notebook, "e1-try").metadata["tags"] = ["raises-exception"]

    course = make_course(tmp_path, change)
    outputs.refresh(course, FOLDER)

    assert str(Path(kernels.sys.prefix)) not in (course.root / SOURCE).read_text(encoding="utf-8")
    assert static(course) == []


@pytest.mark.parametrize("folder", PRESENT)
def test_the_labs_have_nothing_to_mend(folder):
    assert [str(finding) for finding in lint.lint(REAL, [folder])] == []
