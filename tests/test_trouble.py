"""What the machine refuses is told in one line, with what to do; a class is not harmed by a strange file name."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from autograder import cli, trouble
from autograder.workspace import Workspace
from tests.tiny_course import FOLDER, make_course


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "No space left on device: make room; what is finished is kept, so start the same command again",
        ),
        (
            OSError(errno.EROFS, "Read-only file system", "/grades"),
            "/grades: Read-only file system: choose a folder that can be written",
        ),
        (OSError(errno.EIO, "Input/output error", "/grades"), "/grades: Input/output error"),
        (OSError("no number"), "no number"),
    ],
)
def test_an_error_of_the_system_is_one_line(error: OSError, told: str) -> None:
    assert trouble.in_words(error) == told


def test_a_place_that_is_no_folder_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = make_course(tmp_path / "course")
    (tmp_path / "taken").write_text("mine")
    assert cli.main(["course", str(tmp_path / "taken"), "--course", str(course.root)]) == 1
    told = f"autograder: {tmp_path / 'taken'}: File exists: it is no folder; choose another one\n"
    assert capsys.readouterr().err == told
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_gradebook_that_is_none_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = make_course(tmp_path / "course")
    (tmp_path / "autograded" / "ada" / FOLDER).mkdir(parents=True)
    (tmp_path / "gradebook.db").write_bytes(b"this is no database, whatever its name is" * 100)
    assert cli.main(["report", "00", "--course", str(course.root), "--root", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("autograder: the gradebook cannot be used (file is not a database)")
    assert told.count("\n") == 1


def test_a_file_name_that_is_no_text_does_not_stop_the_class(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    workspace = Workspace(tmp_path, course)
    folder = workspace.submitted("ada", FOLDER)
    folder.mkdir(parents=True)
    before = workspace.fingerprint("ada", course.lab(FOLDER))
    with open(os.fsencode(folder) + b"/notes-\xff.txt", "wb") as file:
        file.write(b"mine")
    assert workspace.fingerprint("ada", course.lab(FOLDER)) != before
