"""The report card: wrong submissions are caught and named, right ones accepted, and `QUALITY.md` says how many."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder import cli, proof
from autograder.corpus import read_cases, with_case
from autograder.course import Course, find_course
from autograder.fidelity import ROUNDS, Outcome, Tally, examine, quality_page, table, tallies, total
from autograder.sandbox import Sandbox
from tests.tiny_course import FOLDER, cell_of, make_course

ROOT = Path(__file__).resolve().parent.parent
CASES = {
    "wrong_three_times": '''\
"""misconception: three is two
fails: 0.1-doubles
says: double returns twice what the function
    returned
"""
async def double(async_fn):
    return 3 * await async_fn()
''',
    "wrong_without_header": "async def double(async_fn):\n    return 0\n",
    "wrong_but_right": '"""misconception: none"""\nasync def double(async_fn):\n    return 2 * await async_fn()\n',
    "wrong_says_another_thing": '''\
"""misconception: three is two
fails: 0.1-doubles
says: the moon is made of cheese
"""
async def double(async_fn):
    return 3 * await async_fn()
''',
    "right_sum": '"""approach: a sum"""\nasync def double(async_fn):\n    n = await async_fn()\n    return n + n\n',
    "right_but_wrong": '"""approach: too fast"""\nasync def double(async_fn):\n    return 4\n',
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = make_course(tmp_path_factory.mktemp("course"))
    folder = course.root / "tests" / "submissions" / FOLDER / "0.1"
    folder.mkdir(parents=True)
    for name, code in CASES.items():
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
    (folder.parent.parent / "no-lab" / "9.9").mkdir(parents=True)
    return course


def test_the_header_is_read(course: Course):
    cases = {case.name: case for case in read_cases(course.root / "tests" / "submissions", course.lab(FOLDER))}
    case = cases["wrong_three_times"]
    assert (case.fails, case.says) == (("0.1-doubles",), "double returns twice what the function returned")
    assert (case.about, case.right) == ("three is two", False)
    assert cases["right_sum"].right


def test_a_case_takes_the_place_of_the_solution(course: Course):
    lab = course.lab(FOLDER)
    case = read_cases(course.root / "tests" / "submissions", lab)[0]
    notebook = with_case(lab.notebook(), lab, case)
    assert cell_of(notebook, "e1-stub").source == case.source
    assert cell_of(notebook, "e1-check-doubles").source == cell_of(lab.notebook(), "e1-check-doubles").source


def test_each_case_is_judged_and_what_is_wrong_with_it_is_said(course: Course):
    with Sandbox(unsafe=True) as sandbox:
        outcomes = examine([course.lab(FOLDER)], course.root / "tests" / "submissions", sandbox, jobs=2, quiet=True)
    found = {outcome.case.name: (outcome.caught, outcome.named, outcome.flaky) for outcome in outcomes}
    assert found == {
        "right_but_wrong": (True, False, False),
        "right_sum": (False, False, False),
        "wrong_but_right": (False, False, False),
        "wrong_says_another_thing": (True, False, False),
        "wrong_three_times": (True, True, False),
        "wrong_without_header": (True, True, False),
    }
    summed = total(tallies(outcomes))
    assert summed == Tally(wrong=4, caught=3, named=2, right=2, accepted=1, flakes=0)
    assert not summed.perfect


def test_the_command_prints_one_json_object_and_says_what_fell_short(
    course: Course, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["fidelity", "00", "--course", str(course.root), "--json", "--unsafe"]) == 1
    told = capsys.readouterr()
    figures = json.loads(told.out)
    assert figures["totals"]["wrong"] == 4
    assert list(figures["exercises"]) == ["00/0.1"]
    assert "wrong_but_right.py: passes every check" in told.err


def test_the_table_has_a_line_for_each_exercise_and_the_sum():
    lines = table({"00/0.1": Tally(1, 1, 1, 5, 5, 0), "00/0.2": Tally(2, 2, 1, 5, 5, 0)}).splitlines()
    assert lines[2] == "| 00/0.1 | 1 / 1 | 1 / 1 | 5 / 5 | 0 |"
    assert lines[-1] == "| **all** | 3 / 3 | 2 / 3 | 10 / 10 | 0 |"


# --- the real corpus ---
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("folder", find_course(ROOT).folders)
def test_the_checks_of_a_lab_judge_its_corpus_as_it_deserves(folder: str):
    with Sandbox(unsafe=True) as sandbox:
        # one round with the schedules that grading has; the command itself runs two with a hundred for each check
        labs, cases, once = [find_course(ROOT).lab(folder)], ROOT / "tests" / "submissions", ROUNDS[:1]
        outcomes = examine(labs, cases, sandbox, jobs=2, schedules=proof.SCHEDULES, rounds=once)
    assert [f"{outcome.case}: {outcome.complaint}" for outcome in outcomes if outcome.complaint] == []


def test_the_report_card_is_that_of_a_corpus_that_is_judged_as_it_deserves():
    cases = [case for lab in find_course(ROOT).labs() for case in read_cases(ROOT / "tests" / "submissions", lab)]
    deserved = tallies(Outcome(case, caught=not case.right, named=True, flaky=False, complaint="") for case in cases)
    written = (ROOT / "QUALITY.md").read_text(encoding="utf-8")
    assert written == quality_page(deserved), "mend: autograder fidelity --write QUALITY.md"


@pytest.mark.parametrize("folder", find_course(ROOT).folders)
def test_every_exercise_has_right_submissions_in_five_approaches(folder: str):
    lab = find_course(ROOT).lab(folder)
    cases = read_cases(ROOT / "tests" / "submissions", lab)
    few = {e.id for e in lab.exercises if sum(case.right for case in cases if case.exercise == e.id) < 5}
    assert few == set()
    assert [str(case) for case in cases if not case.about] == []
