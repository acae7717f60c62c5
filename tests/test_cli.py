"""The command line: names, help, exit codes, one line for what went wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import cli, release
from autograder.course import Course

from .tiny_course import FOLDER, RELEASED, edit, make_course

ROOT = Path(__file__).parent.parent


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path)


def run(course: Course, *arguments: str) -> int:
    return cli.main([*arguments, "--course", str(course.root)])


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_has_help_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])

    assert ended.value.code == 0
    assert f"example: {cli.COMMANDS[command].example}" in " ".join(capsys.readouterr().out.split())


def test_release_says_what_it_did_and_check_is_content(course, capsys):
    assert run(course, "release") == 0
    assert capsys.readouterr().out == f"{RELEASED.as_posix()}: released\n"
    assert run(course, "release", "tiny", "--check") == 0
    assert capsys.readouterr() == ("", "")


def test_check_ends_with_1_and_the_command_that_mends_it(course, capsys):
    run(course, "release")
    capsys.readouterr()
    edit(course.root / RELEASED, lambda document: document["metadata"].update(edited=True))

    assert run(course, "release", "--check") == 1
    wanted = (
        f"{RELEASED.as_posix()}: notebook: stale: is not what its source gives; mend: autograder release {FOLDER}\n"
    )
    assert capsys.readouterr() == ("", wanted)
    assert run(course, "release", FOLDER) == 0
    assert run(course, "release", "--check") == 0


@pytest.mark.parametrize("arguments", [["release", "07"], ["lint", "no-such-lab"], ["outputs", "x"]])
def test_an_unknown_lab_ends_with_2_and_one_line(course, arguments, capsys):
    assert run(course, *arguments) == 2
    assert capsys.readouterr().err == f"autograder: no lab '{arguments[1]}'; there are 00-tiny\n"


@pytest.mark.parametrize("arguments", [[], ["relase"], ["release", "--fast"]])
def test_wrong_use_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: autograder")


def test_an_author_s_mistake_is_one_line(course, capsys):
    course.source(FOLDER).write_text("{", encoding="utf-8")

    assert run(course, "release") == 1
    said = capsys.readouterr().err
    assert said.startswith("autograder: solutions/00-tiny/00-tiny.ipynb: expected JSON: ")
    assert said.count("\n") == 1


def test_lint_as_json_is_one_object_and_nothing_else(course, capsys):
    assert run(course, "lint", "--static", "--json") == 1
    said = capsys.readouterr()

    assert said.err == ""
    report = json.loads(said.out)
    assert report["labs"] == [FOLDER]
    assert [(finding["rule"], finding["mend"]) for finding in report["findings"]] == [
        ("stale", f"autograder release {FOLDER}")
    ]


def test_ctrl_c_ends_with_130_and_no_traceback(course, capsys, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(release, "generate", interrupted)

    assert run(course, "release") == 130
    assert (
        capsys.readouterr().err
        == "autograder: interrupted; what is finished is kept, start the same command to go on\n"
    )


def test_a_real_interrupt_ends_a_running_command_with_130(course):
    started = course.root / "started"
    source = f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(60)"
    edit(course.source(FOLDER), lambda document: document["cells"][2].update(source=source))
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "autograder", "outputs", "--course", str(course.root)]
    process = subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not started.exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    assert (process.returncode, said) == (
        130,
        "autograder: interrupted; what is finished is kept, start the same command to go on\n",
    )
