"""`autograder demo`: a made-up class, graded end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder import cli
from tests.tiny_course import make_course


def test_the_demo_grades_a_class_of_fourteen_and_names_its_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    course = make_course(tmp_path / "course")
    code = cli.main(["demo", "--course", str(course.root), "--root", str(tmp_path / "class"), "--unsafe"])
    told = capsys.readouterr().out
    assert code == 0
    assert "half a file" in told
    assert told.index("open in a browser:") > told.index("what the class misunderstood, the most frequent first:")
    lines = {line.split()[1]: line for line in told.splitlines() if line.startswith("│") and " / 5 " in line}
    assert len(lines) == 14
    assert "3 / 5" in lines["ada"]
    assert "0 / 5" in lines["alan"]
    assert "0 / 5" in lines["mallory"]
    assert "died" in lines["ken"]
    assert "corrupt" in lines["leslie"]
    assert "missing" in lines["margaret"]
    report, feedback = [Path(line.split()[-1]) for line in told.splitlines() if line.endswith(".html")]
    assert "00 Tiny: class report" in report.read_text(encoding="utf-8")
    assert "Score: " in feedback.read_text(encoding="utf-8")
    assert len(list((tmp_path / "class").glob("feedback/*/*/*.html"))) == 14
