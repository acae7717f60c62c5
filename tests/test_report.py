"""The class report: the misconceptions that were planted, with the right counts; inert; offline; scores for the LMS."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder import cli, proof
from autograder.corpus import read_cases
from autograder.course import Course
from autograder.demo import handed_in
from autograder.execute import Grader
from autograder.grade import grade
from autograder.gradebook import one_gradebook
from autograder.misconceptions import shown
from autograder.release import generate
from autograder.report import COLUMNS, flagged, page
from autograder.results import CheckResult, Result, read_class
from autograder.transcript import NOT_JUDGED
from autograder.workspace import Workspace
from servicelab.__main__ import main as servicelab
from servicelab.progress import record, record_hint
from servicelab.sharing import SHARED
from tests.tiny_course import FOLDER, hand_in, make_course

RIGHT = "async def double(async_fn):\n    return 2 * await async_fn()\n"
THRICE = RIGHT.replace("2 *", "3 *")
SQUARE = "async def double(async_fn):\n    value = await async_fn()\n    return value * value\n"
TWICE = "async def double(async_fn):\n    return await async_fn() + await async_fn()\n"
DOUBLES, WAITS = "double returns twice what the function returned", "double waits for the function and not longer"
CORPUS = {
    "wrong_thrice": ("two is three", "0.1-doubles", DOUBLES, THRICE),
    "wrong_square": ("twice is the square", "0.1-doubles", DOUBLES, SQUARE),
    "wrong_calls_twice": ("a value is gone once it was used", "0.1-waits", WAITS, TWICE),
    "right_plain": ("", "", "", RIGHT),
}
SCRIPT = "<script>document.title = 'owned'</script>"
UNKNOWN = f"async def double(async_fn):\n    '''ada wrote this'''\n    raise RuntimeError({SCRIPT!r})  # by eve\n"
CLASS: Mapping[str, str | None] = {
    "ada": RIGHT,
    "bob": THRICE,
    "cyd": THRICE.replace("await async_fn()", "(await async_fn())"),
    "dan": SQUARE,
    "eve": UNKNOWN,
    "fay": TWICE,
    "gus": None,
    "hal": f"while True:\n    pass\n\n{RIGHT}",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = make_course(tmp_path_factory.mktemp("course"))
    folder = course.root / "tests" / "submissions" / FOLDER / "0.1"
    folder.mkdir(parents=True)
    for name, (about, fails, says, code) in CORPUS.items():
        header = f"misconception: {about}\nfails: {fails}\nsays: {says}" if about else "approach: plainly"
        (folder / f"{name}.py").write_text(f'"""{header}\n"""\n\n{code}', encoding="utf-8")
    return course


@pytest.fixture(scope="module")
def workspace(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("class"), course)
    blank = nbformat.reads(generate(course, FOLDER), as_version=4)
    for student, answer in CLASS.items():
        notebook = blank if answer is None else handed_in(blank, course.lab(FOLDER).notebook(), first=answer)
        hand_in(workspace, student, notebook)
    share = {"version": 1, "lab": FOLDER, "hints": {"0.1": 3, "9.9": 1}, "attempts": {"0.1-doubles": 4, "0.1-waits": 2}}
    (workspace.submitted("ada", FOLDER) / SHARED).write_text(json.dumps(share), encoding="utf-8")
    (workspace.submitted("bob", FOLDER) / SHARED).write_text('{"version": 1, "hints": ', encoding="utf-8")
    grader = Grader(unsafe=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proof, "CELL_LIMIT_S", 1.0)
        list(grade(workspace, course.lab(FOLDER), grader, jobs=2))
    grader.close()
    with Gradebook(workspace.db_url, course.course_id) as gradebook:
        gradebook.update_or_create_student("ida", last_name="Late, Very", first_name="Ida")
    return workspace


@pytest.fixture(scope="module")
def html(workspace: Workspace) -> str:
    arguments = ["report", "00", "--course", str(workspace.course.root), "--root", str(workspace.root)]
    assert cli.main(arguments) == 0
    return (workspace.root / "reports" / f"{FOLDER}.html").read_text(encoding="utf-8")


def test_the_planted_misconceptions_are_named_with_their_counts(course: Course, workspace: Workspace) -> None:
    cases = read_cases(course.root / "tests" / "submissions", course.lab(FOLDER))
    found = shown(course.lab(FOLDER), cases, read_class(workspace, course.lab(FOLDER)))
    assert [(one.name, one.students) for one in found] == [
        ("wrong_thrice", ("bob", "cyd")),
        ("", ("eve",)),
        ("wrong_calls_twice", ("fay",)),
        ("wrong_square", ("dan",)),
    ]
    assert found[3].others == ("two is three",)


def test_the_page_begins_with_what_the_class_misunderstood_and_how_many(html: str) -> None:
    first, rest = html.split('<h2 id="scores">')
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", first[first.index("<h2") :]))
    assert "5 of 8 submissions break a promise, in 4 ways. What they seem to believe, the most frequent first:" in text
    assert text.index("2 two is three") < text.index("1 a value is gone once it was used")
    assert "1 submission left something untried" in text
    assert "How many students reached" in rest


def test_the_same_evidence_is_told_once_with_everybody_who_shows_it() -> None:
    text = "Could not be judged: doubles.\n  Happened  it took no\n            time"
    checks = {"0.1-doubles": CheckResult(NOT_JUDGED, 0.0, text)}
    results = [Result(name, 0.0, 1.0, flags=flags, checks=checks) for name, flags in (("ada", ()), ("bob", ("x",)))]
    assert flagged(results) == [("Could not be judged: doubles: it took no time", ["ada", "bob"]), ("x", ["bob"])]


def test_a_class_that_has_handed_in_nothing_is_not_told_to_have_understood(course: Course, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, course)
    with one_gradebook(workspace.db_url, course.course_id) as gradebook:
        gradebook.update_or_create_student("ada")
        gradebook.commit()
    html = page(workspace, course.lab(FOLDER), tmp_path)
    assert "Nobody has handed in anything that could be judged yet." in html


def test_the_example_is_anonymous(html: str) -> None:
    assert "raise RuntimeError(" in html
    assert "ada wrote this" not in html
    assert "by eve" not in html


class Tags(HTMLParser):
    """The tags of a page, and every address in an attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]


def test_the_page_needs_nothing_from_outside_and_runs_nothing(html: str) -> None:
    page = Tags()
    page.feed(html)
    assert page.tags & {"script", "iframe", "img", "link", "object", "form"} == set()
    assert [address for address in page.addresses if not address.startswith("#")] == []
    assert "default-src 'none'" in html
    assert "owned" in html  # it is shown, as text


def test_the_page_tells_who_ran_out_of_time_and_who_shared(html: str) -> None:
    assert "<b>hal</b>: cell e1-stub: the cell was stopped after 1 s" in html
    assert "the 1 student of 9 who chose to share them" in " ".join(html.split())


def test_a_score_that_a_person_changed_is_in_the_csv_and_nbgrader_exports_the_same(
    workspace: Workspace, html: str, tmp_path: Path
) -> None:
    with Gradebook(workspace.db_url, workspace.course.course_id) as gradebook:
        theirs = tmp_path / "grades.csv"
        plugin = CsvExportPlugin(to=str(theirs), assignment=[FOLDER])
        plugin.export(gradebook)
    ours = (workspace.root / "reports" / f"{FOLDER}.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(ours.splitlines()))
    assert ours.splitlines()[0] == theirs.read_text().splitlines()[0] == ",".join(COLUMNS)
    assert ours.replace('"Late, Very"', "Late, Very") == theirs.read_text()
    assert {row["student_id"]: row["score"] for row in rows} == {
        result.student: str(result.score) for result in read_class(workspace, workspace.course.lab(FOLDER))
    }


def test_a_student_shares_hints_and_attempts_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERVICELAB_HOME", str(tmp_path / "home"))
    for passed in (False, True):
        record("0.1-doubles", passed)
    record_hint("0.1", 2)
    record_hint("1.1", 1)
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / f"{FOLDER}.ipynb").write_text("{}")
    assert servicelab(["progress", "--share", str(folder)]) == 0
    assert "delete it if you would rather not" in capsys.readouterr().out
    assert json.loads((folder / SHARED).read_text()) == {
        "version": 1,
        "lab": FOLDER,
        "hints": {"0.1": 2},
        "attempts": {"0.1-doubles": 2},
    }
    assert servicelab(["progress", "--share", str(tmp_path)]) == 2


def test_without_grades_the_command_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = make_course(tmp_path / "course")
    assert cli.main(["report", "00", "--course", str(course.root), "--root", str(tmp_path)]) == 2
    assert "autograder grade 00 first" in capsys.readouterr().err
