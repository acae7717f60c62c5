"""The record of what is solved: atomic, never in the way."""

from __future__ import annotations

import json
import threading

import pytest

from servicelab import __main__ as cli
from servicelab.progress import load, path, prediction, progress, record, record_hint, record_prediction, summary
from servicelab.progress_table import Progress, Row


@pytest.fixture(autouse=True)
def labs(tmp_path, monkeypatch):
    """A home of its own, and two labs to read the number of checks from."""
    monkeypatch.setenv("SERVICELAB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SERVICELAB_START", raising=False)
    for folder, ids in {"00-first": ["0_1-order", "0_1-concurrent", "0_2-wins"], "10-last": ["10_1-decode"]}.items():
        cells = [
            {"cell_type": "code", "metadata": {"nbgrader": {"grade": True, "solution": False, "grade_id": i}}}
            for i in ids
        ]
        (tmp_path / "labs" / folder).mkdir(parents=True)
        notebook = {"metadata": {"servicelab": {"title": folder[3:].title()}}, "cells": cells}
        (tmp_path / "labs" / folder / f"{folder}.ipynb").write_text(json.dumps(notebook))
    monkeypatch.setattr("servicelab.start.labs_folder", lambda: tmp_path / "labs")
    return tmp_path / "labs"


def test_the_checks_of_an_exercise_are_counted_in_its_notebook():
    record("0.1-order", True)
    record("0.1-concurrent", False)
    assert summary() == {
        "0.1": {"passed": 1, "attempted": 2, "checks": 2},
        "0.2": {"passed": 0, "attempted": 0, "checks": 1},
        "10.1": {"passed": 0, "attempted": 0, "checks": 1},
    }


def test_exercises_are_in_the_order_of_their_numbers():
    for exercise in ("9.2-a", "9.10-a", "2.1-a"):
        record(exercise, True)
    assert list(summary()) == ["0.1", "0.2", "2.1", "9.2", "9.10", "10.1"]


def test_what_has_passed_once_stays_passed():
    for passed in (False, True, False):
        record("0.2-wins", passed)
    check = load()["checks"]["0.2-wins"]
    assert (check["passed"], check["last_passed"], check["attempts"], check["attempts_to_pass"]) == (True, False, 3, 2)


def test_a_hint_counts_once():
    for rung in (1, 2, 1):
        record_hint("0.2", rung)
    assert load()["hints"]["0.2"]["opened"] == 2


def test_a_prediction_is_kept_hashed():
    record_prediction("0.2-race", "abc", False)
    assert prediction("0.2-race") == "abc"
    assert prediction("another") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": "1"}', '{"checks": {}}', "\x00"])
def test_a_broken_record_is_set_aside_and_a_new_one_begun(text):
    path().parent.mkdir(parents=True)
    path().write_text(text)
    record("0.2-wins", True)
    assert summary()["0.2"]["passed"] == 1
    assert [kept.read_text() for kept in path().parent.glob("progress-unreadable-*.json")] == [text]


@pytest.mark.parametrize("section", [None, [], "text", {"0.2-wins": 3}])
def test_a_strange_section_does_not_hide_the_rest(section):
    path().parent.mkdir(parents=True)
    path().write_text(json.dumps({"version": 1, "checks": section}))
    assert summary()["0.2"]["attempted"] == 0
    record_hint("0.2", 1)
    assert load()["hints"]["0.2"]["opened"] == 1


def test_the_record_of_a_later_version_is_left_alone():
    path().parent.mkdir(parents=True)
    path().write_text('{"version": 2, "checks": {}, "more": 1}')
    record("0.2-wins", True)
    assert path().read_text() == '{"version": 2, "checks": {}, "more": 1}'


def test_recording_never_raises(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SERVICELAB_HOME", str(tmp_path / "file" / "below"))
    record("0.2-wins", True)
    assert summary()["0.2"]["passed"] == 0


def test_no_temporary_file_is_left():
    record("0.2-wins", True)
    assert sorted(file.name for file in path().parent.iterdir()) == ["progress.json", "progress.lock"]


def test_two_notebooks_can_record_at_the_same_time():
    threads = [threading.Thread(target=record, args=(f"0.{n}-a", True)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(load()["checks"]) == [f"0.{n}-a" for n in range(8)]


def test_recording_draws_the_start_page_anew(labs, monkeypatch):
    monkeypatch.setenv("SERVICELAB_START", str(labs / "START.md"))
    record("0.2-wins", True)
    assert "First" in (labs / "START.md").read_text()


def test_the_table_tells_what_is_solved_begun_and_looked_up():
    record("0.1-order", True)
    record("0.2-wins", True)
    record_hint("0.1", 2)
    assert progress().text() == "\n".join(
        [
            "00 First",
            "  0.1    ■□  1 of 2   2 hints",
            "  0.2    ■  solved",
            "10 Last",
            "  10.1   □  not begun",
        ]
    )


def test_the_table_can_be_of_one_lab():
    assert progress("10").text() == "\n".join(["10 Last", "  10.1   □  not begun"])
    assert [row.exercise for row in progress("00").rows] == ["0.1", "0.2"]


def test_the_table_in_a_notebook_has_bars_with_words():
    bundle = Progress((Row("00 <First>", "0.1", 1, 2, 2, 0),))._repr_mimebundle_()
    assert 'aria-label="1 of 2 checks passed"' in bundle["text/html"]
    assert "00 &lt;First&gt;" in bundle["text/html"]
    assert bundle["text/plain"].startswith("00 <First>")


def test_without_labs_and_record_the_table_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("servicelab.start.labs_folder", lambda: tmp_path)
    assert progress().text() == "No lab was found here, and nothing is recorded yet."


def test_the_command_prints_one_json_object(capsys):
    record("10.1-decode", True)
    assert cli.main(["progress", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["10.1"] == {"passed": 1, "attempted": 1, "checks": 1}


def test_the_command_prints_the_table(capsys):
    assert cli.main(["progress"]) == 0
    assert "not begun" in capsys.readouterr().out


def test_on_a_terminal_the_command_draws_a_table(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert cli.main(["progress"]) == 0
    assert "Exercise" in capsys.readouterr().out


def test_the_start_command_draws_the_page(labs, capsys):
    assert cli.main(["start"]) == 0
    assert capsys.readouterr().out.strip() == str(labs / "START.md")


def test_wrong_use_exits_with_two(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["no-such-command"])
    assert stopped.value.code == 2
