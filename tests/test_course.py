"""The course: found, read strictly, and covering what the curriculum names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import NotebookNode

from autograder import notebooks
from autograder.course import Course, find_course
from autograder.errors import CourseError, UsageError

from .tiny_course import FOLDER, RELEASED, SOURCE, cell_of, edit, make_course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path)


def test_a_lab_is_found_by_number_slug_folder_and_path(course):
    found = {course.lab(name).folder for name in ("00", "tiny", "00-tiny", "labs/00-tiny/", "00-tiny.ipynb")}

    assert found == {FOLDER}


def test_an_unknown_lab_is_wrong_use(course):
    with pytest.raises(UsageError, match=r"^no lab '07'; there are 00-tiny$"):
        course.lab("07")


def test_a_lab_is_what_its_notebook_says(course):
    lab = course.lab("00")

    assert (lab.number, lab.slug, lab.title, lab.module, lab.minutes) == ("00", "tiny", "Tiny", "basics", 5)
    assert (lab.covers, lab.manual, lab.points) == (("S1.1",), ("0-interview",), 3.0)
    assert (lab.source, lab.released) == (course.root / SOURCE, course.root / RELEASED)


def test_an_exercise_has_its_cells_and_checks(course):
    (exercise,) = course.lab("00").exercises

    assert (exercise.id, exercise.title, exercise.points) == ("0.1", "Twice", 3.0)
    assert (exercise.covers, exercise.solutions) == (("S1.1",), ("e1-stub",))
    assert [(check.id, check.points, check.hidden) for check in exercise.checks] == [
        ("0.1-doubles", 1.0, False),
        ("0.1-waits", 2.0, True),
    ]


def test_a_check_has_title_and_code_without_the_marks_that_hide_it(course):
    check = course.lab("00").checks[1]

    assert (check.grade_id, check.cell_id, check.exercise) == ("0_1-waits", "e1-check-waits", "0.1")
    assert check.title == "double takes as long as the function"
    assert "HIDDEN" in check.source
    assert "HIDDEN" not in check.code
    assert "hidden_delay" in check.code


def test_the_course_is_found_from_a_folder_inside_of_it(course, monkeypatch):
    monkeypatch.delenv("AUTOGRADER_COURSE", raising=False)
    monkeypatch.chdir(course.root / "solutions" / FOLDER)

    assert find_course().root == course.root


def test_the_environment_names_the_course(course, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course.root))

    assert find_course().root == course.root


def test_a_folder_without_a_course_is_wrong_use(tmp_path):
    with pytest.raises(UsageError, match=r"expected solutions/course\.toml in it$"):
        find_course(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", r"expected TOML"),
        ("labs = ['first']", r"labs: expected a folder like 00-first-nursery, not 'first'$"),
        ("labs = ['00-a', '00-a']", r"labs: 00-a is there twice$"),
        ("coverage = [1]", r"coverage: expected a list of strings, not \[1\]$"),
        ("labz = []", r"unknown key 'labz'$"),
    ],
)
def test_course_toml_is_read_strictly(course, text, message):
    (course.root / "solutions" / "course.toml").write_text(text, encoding="utf-8")

    with pytest.raises(CourseError, match=rf"^solutions/course\.toml: {message}"):
        find_course(course.root)


def _set(cell_id: str, **marks: object) -> Callable[[NotebookNode], None]:
    return lambda notebook: cell_of(notebook, cell_id).metadata.nbgrader.update(marks)


def _source(cell_id: str, source: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: cell_of(notebook, cell_id).update(source=source)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("e1-stub", schema_version=1), r"cell e1-stub: expected nbgrader schema_version 3, not 1"),
        (_set("e1-stub", grade_id="0-setup"), r"cell e1-stub: grade_id 0-setup is also that of cell setup"),
        (_set("e1-check-waits", points="two"), r"cell e1-check-waits: a graded cell has points, this one has 'two'"),
        (_set("e1-check-waits", grade_id="0_1-x"), r"cell e1-check-waits: expected grade_id '0_1-waits', not '0_1-x'"),
        (_source("e1-check-waits", "verify(check)"), r"cell e1-check-waits: expected the first line '# Check N\.M-"),
        (_source("e1-spec", "## Twice"), r"cell e1-stub: no heading '## Exercise 0\.1 Title \(P points\)' for it"),
        (lambda notebook: notebook.metadata.servicelab.pop("minutes"), r"notebook: metadata servicelab\.minutes: exp"),
    ],
)
def test_a_broken_source_is_refused_by_file_and_cell(tmp_path, change, message):
    course = make_course(tmp_path, change)

    with pytest.raises(CourseError, match=rf"^solutions/00-tiny/00-tiny\.ipynb: {message}"):
        course.lab("00")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda document: document["cells"][2].pop("id"), r"cell 2: expected an id$"),
        (lambda document: document["cells"][2].update(id="setup"), r"cell setup: expected a unique id, but cell 1 has"),
        (lambda document: document.update(nbformat_minor=4), r"notebook: expected format 4\.5 or later"),
        (lambda document: document.pop("cells"), r"expected a notebook, an object with cells$"),
    ],
)
def test_a_broken_file_is_refused(course, change, message):
    edit(course.root / SOURCE, change)

    with pytest.raises(CourseError, match=rf"^solutions/00-tiny/00-tiny\.ipynb: {message}"):
        course.lab("00")


def test_what_is_no_json_is_refused(course):
    (course.root / SOURCE).write_text("{", encoding="utf-8")

    with pytest.raises(CourseError, match=r"^solutions/00-tiny/00-tiny\.ipynb: expected JSON: "):
        course.lab("00")


def test_a_write_leaves_nothing_half_written(tmp_path):
    notebooks.write(tmp_path / "new" / "file.txt", "text\n")

    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file.txt"]


@pytest.mark.parametrize(("begin", "end"), [("BEGIN", "BEGIN"), ("END", "BEGIN"), ("BEGIN", "nothing")])
def test_regions_are_closed(begin, end):
    with pytest.raises(CourseError, match=r"^(BEGIN|END) SOLUTION in line"):
        notebooks.regions(f"### {begin} SOLUTION\n### {end} SOLUTION", notebooks.SOLUTION)


def test_every_coverage_id_of_the_course_is_covered_or_planned_and_none_is_both():
    course = find_course(Path(__file__).parent.parent)
    covered = {name for lab in course.labs() for name in lab.covers}

    assert covered | course.planned.keys() == set(course.coverage)
    assert covered & course.planned.keys() == set()
    assert [lab for lab in course.planned.values() if lab in course.folders] == []
