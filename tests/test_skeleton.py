"""The author's guide, followed: from `autograder new` to a lab with nothing left to mend, by its own commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from autograder import cli, lint
from autograder.course import Course, find_course
from autograder.skeleton import listed
from tests.tiny_course import edit, make_course

GUIDE = Path(__file__).resolve().parent.parent / "solutions" / "README.md"
FOLDER = "06-retries"


def guide() -> list[list[str]]:
    """The commands of the guide, in order."""
    chapter = GUIDE.read_text(encoding="utf-8").split("## A new lab\n", 1)[1].split("\n## ", 1)[0]
    return [shlex.split(line)[1:] for line in re.findall(r"^ *\$ (autograder .*)$", chapter, re.MULTILINE)]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path)


def rules(course: Course, *, run: bool) -> set[str]:
    return {found.rule for found in lint.lint(course, [FOLDER], run=run) if FOLDER in found.file}


def write_it(document: dict[str, Any]) -> None:
    """What an author does: the TODOs, and the coverage ids."""
    document["metadata"]["covers"] = ["S1.2"]
    for cell in document["cells"]:
        text = "".join(cell["source"])
        cell["source"] = re.sub(r"TODO:? ?", "Here ", text)
        if "servicelab" in cell["metadata"] and "covers" in cell["metadata"]["servicelab"]:
            cell["metadata"]["servicelab"]["covers"] = ["S1.2"]


@pytest.mark.timeout(300)
def test_the_guide_leads_from_nothing_to_a_lab_with_nothing_to_mend(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    begin, ask, *rest = guide()
    assert [command[0] for command in (begin, ask, *rest)] == ["new", "lint", "outputs", "release", "lint"]
    cli.main(["release", "--course", str(course.root)])
    assert cli.main([*begin, "--course", str(course.root)]) == 0
    assert cli.main([*ask, "--course", str(course.root)]) == 1
    course = find_course(course.root)
    assert course.folders == ("00-tiny", FOLDER)
    assert rules(course, run=False) == {"todo", "covers", "outputs", "stale"}
    edit(course.source(FOLDER), write_it)
    table = course.root / "solutions" / "course.toml"
    table.write_text(table.read_text().replace('"S1.2" = "01-later"\n', ""))
    for command in rest:
        capsys.readouterr()
        assert cli.main([*command, "--course", str(course.root)]) == 0, capsys.readouterr().err
    assert capsys.readouterr().out == f"{FOLDER}: nothing to mend\n"


def test_a_lab_is_listed_in_its_place() -> None:
    before = 'title = "x"\n\nlabs = [\n    "00-a",\n    "07-b",\n]\n\n[planned]\n'
    assert listed(before, "06-c") == before.replace('    "07-b"', '    "06-c",\n    "07-b"')


@pytest.mark.parametrize(
    ("name", "told"), [("retries", "expected a name like 06-retries"), ("00-again", "number 00 is taken by 00-tiny")]
)
def test_a_name_that_cannot_be_is_refused(
    course: Course, name: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["new", name, "--course", str(course.root)]) == 2
    assert told in capsys.readouterr().err
