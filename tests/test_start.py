from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from servicelab import start


def graded(exercise: str, slug: str) -> dict[str, Any]:
    grade_id = f"{exercise.replace('.', '_')}-{slug}"
    return {"cell_type": "code", "metadata": {"nbgrader": {"grade": True, "solution": False, "grade_id": grade_id}}}


def write_lab(folder: Path, slug: str, *, cells: list[dict[str, Any]], **about: Any) -> None:
    (folder / slug).mkdir(parents=True)
    notebook = {"cells": cells, "metadata": {"servicelab": about}}
    (folder / slug / f"{slug}.ipynb").write_text(json.dumps(notebook))


@pytest.fixture
def labs(tmp_path: Path) -> Path:
    folder = tmp_path / "labs"
    write_lab(folder, "01-readyz", cells=[graded("1.1", "ok")], title="Ready", minutes=60, difficulty=2)
    write_lab(folder, "00-first-nursery", cells=[graded("0.1", "a"), graded("0.1", "b"), graded("0.2", "a")])
    (folder / "servicelab").mkdir()
    (folder / "02-not-yet").mkdir()
    return folder


def test_labs_are_found_in_order_and_other_folders_passed_over(labs: Path) -> None:
    assert [lab.title for lab in start.find_labs(labs)] == ["00 first-nursery", "01 Ready"]


def test_a_folder_that_is_not_there_has_no_labs(tmp_path: Path) -> None:
    assert start.find_labs(tmp_path) == []


def test_checks_are_counted_by_exercise(labs: Path) -> None:
    assert start.find_labs(labs)[0].checks == {"0.1": 2, "0.2": 1}


def test_a_manually_graded_answer_is_no_check(tmp_path: Path) -> None:
    interview = {"metadata": {"nbgrader": {"grade": True, "solution": True, "grade_id": "0-interview"}}}
    write_lab(tmp_path, "00-x", cells=[interview])
    assert start.find_labs(tmp_path)[0].checks == {}


def test_a_beginner_is_sent_to_the_first_lab(labs: Path) -> None:
    page = start.start_page(start.find_labs(labs), {})
    assert "**Start here: [00 first-nursery](00-first-nursery/00-first-nursery.ipynb)**" in page
    assert "| [01 Ready](01-readyz/01-readyz.ipynb) | 60 min | ●●○○○ | □ 0 of 1 |" in page


def test_an_exercise_is_solved_when_all_its_checks_have_passed(labs: Path) -> None:
    page = start.start_page(start.find_labs(labs), {"0.1": {"passed": 1}, "0.2": {"passed": 1}})
    assert "■□ 1 of 2 |" in page


def test_who_has_solved_a_lab_goes_on_with_the_next(labs: Path) -> None:
    page = start.start_page(start.find_labs(labs), {"0.1": {"passed": 2}, "0.2": {"passed": 1}})
    assert "**Go on: [01 Ready](01-readyz/01-readyz.ipynb)**" in page


def test_the_end_is_said(labs: Path) -> None:
    solved = {"0.1": {"passed": 2}, "0.2": {"passed": 1}, "1.1": {"passed": 1}}
    assert "**Every exercise here is solved.**" in start.start_page(start.find_labs(labs), solved)


def test_a_folder_without_labs_has_a_page_too(tmp_path: Path) -> None:
    assert "There is no lab in this folder yet." in start.write_start_page(tmp_path).read_text()


def test_an_unreadable_record_does_not_keep_the_page_from_opening(labs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> dict[str, Any]:
        raise OSError("disk gone")

    module = importlib.import_module("servicelab.progress")  # the name in the package is the function
    monkeypatch.setattr(module, "summary", broken)
    assert "0 of 2" in start.write_start_page(labs).read_text()


def test_a_notebook_that_is_no_json_is_listed_all_the_same(labs: Path) -> None:
    (labs / "01-readyz" / "01-readyz.ipynb").write_text("<<<<<<< HEAD")
    assert "[01 readyz](01-readyz/01-readyz.ipynb)" in start.write_start_page(labs).read_text()


def test_only_root_needs_to_be_allowed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert start.lab_command(tmp_path, ["--port", "8899"])[1:] == [
        "-m", "jupyterlab", f"--ServerApp.root_dir={tmp_path}", "--port", "8899",
    ]  # fmt: skip
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "--allow-root" in start.lab_command(tmp_path, [])


def test_a_students_lab_has_our_settings_first_and_keeps_theirs() -> None:
    environment = start.lab_environment(
        Path("labs"), {"JUPYTER_CONFIG_PATH": "theirs", "PATH": "bin", "SERVICELAB_HOME": "home"}
    )
    assert environment["JUPYTER_CONFIG_PATH"] == f"{start.JUPYTER_CONFIG}{os.pathsep}theirs"
    assert environment["PATH"] == f"{Path(sys.executable).parent}{os.pathsep}bin"
    assert environment["JUPYTERLAB_WORKSPACES_DIR"] == str(Path("home") / "workspaces")
    assert environment["SERVICELAB_START"] == str(Path("labs") / "START.md")


def test_a_chosen_folder_for_layouts_is_kept() -> None:
    assert (
        start.lab_environment(Path("labs"), {"JUPYTERLAB_WORKSPACES_DIR": "mine"})["JUPYTERLAB_WORKSPACES_DIR"]
        == "mine"
    )


def test_the_lab_replaces_this_process_and_runs_beside_the_labs(labs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(os, "execve", lambda path, argv, env: calls.append((path, argv)))
    monkeypatch.setattr(start, "labs_folder", lambda: labs)
    monkeypatch.chdir(labs.parent)
    start.main(["--no-browser"])
    assert (Path.cwd(), (labs / "START.md").exists()) == (labs, True)
    assert calls == [(sys.executable, start.lab_command(labs, ["--no-browser"]))]
