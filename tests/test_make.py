"""The commands that people type, and rules that hold for the repository as a whole."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import free_port, stop, wait_for_answer

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = [
    "lab",
    "test",
    "run",
    "profile-cpu",
    "profile-heap",
    "load",
    "docker-run",
    "demo",
    "bench",
    "release",
    "help",
]
MADE_BY_MAKE = Path(sys.prefix) == ROOT / ".venv"


def make(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *args], cwd=ROOT, capture_output=True, text=True, check=False, env=environment())


def environment(**extra: str) -> dict[str, str]:
    """The environment without what an outer make hands to an inner one."""
    outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"}
    return {name: value for name, value in os.environ.items() if name not in outer} | extra


def tracked_files() -> list[Path]:
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.skip(f"needs a git checkout: {result.stderr.strip()}")
    return [path for name in result.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("target", COMMANDS)
def test_help_names_every_command(target: str) -> None:
    assert f"make {target} " in make("help").stdout


def test_plain_make_runs_everything() -> None:
    planned = make("--dry-run").stdout
    assert [tool for tool in ("ruff check", "ruff format", "mypy", "pytest") if f"-m {tool}" not in planned] == []


def test_a_second_run_installs_nothing() -> None:
    if not MADE_BY_MAKE:
        pytest.skip("run by another Python than that of .venv: use `make test`")
    assert "venv" not in make("--dry-run", "install").stdout


def test_another_environment_that_is_active_does_not_matter() -> None:
    program = "include Makefile\nenvironment:\n\t@env\n"
    active = environment(VIRTUAL_ENV="/elsewhere", PYTHONDONTWRITEBYTECODE="1")
    command = ["make", "-f", "-", "environment"]
    said = subprocess.run(command, cwd=ROOT, input=program, capture_output=True, text=True, check=True, env=active)
    names = {line.partition("=")[0] for line in said.stdout.splitlines()}
    assert "PATH" in names
    assert not names & {"VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}


def test_a_python_that_is_not_supported_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    pretend = "import sys; sys.version_info = (3, 10, 0); exec(sys.argv[1])"
    old.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{pretend}' \"$2\"\n")
    old.chmod(0o755)
    result = make("install", f"PYTHON={old}", f"VENV={tmp_path}/venv")
    assert "expected Python 3.11 to 3.13" in result.stderr
    assert not (tmp_path / "venv").exists()


def test_make_lab_answers(tmp_path: Path) -> None:
    if not MADE_BY_MAKE:
        pytest.skip("run by another Python than that of .venv: use `make test`")
    port = free_port()
    log = tmp_path / "lab.log"
    args = f"--no-browser --port {port} --ServerApp.port_retries=0 --IdentityProvider.token="
    with log.open("wb") as out:
        command = ["make", "lab", f"ARGS={args}"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            wait_for_answer(f"http://127.0.0.1:{port}/lab", process, log)
            wait_for_answer(f"http://127.0.0.1:{port}/api/contents/START.md", process, log)
        finally:
            stop(process)


def test_no_file_holds_a_path_of_this_machine() -> None:
    folders = b"|".join(re.escape(f"{folder}/".encode()) for folder in (ROOT, Path.home()))
    absolute = re.compile(rb"(?<![\w*.-])(" + folders + rb")")  # not the middle of another path
    assert [str(path) for path in tracked_files() if absolute.search(path.read_bytes())] == []


def test_servicelab_does_not_name_autograder() -> None:
    offenders = [
        f"{path.name}:{node.lineno}"
        for path in (ROOT / "labs" / "servicelab").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "autograder" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "autograder")
    ]
    assert offenders == []


def test_servicelab_works_where_there_is_no_autograder() -> None:
    program = (
        "import sys; sys.modules['autograder'] = None\n"
        "import importlib, pkgutil, servicelab\n"
        "for module in pkgutil.walk_packages(servicelab.__path__, 'servicelab.'):\n"
        "    if not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_autograder_imports() -> None:
    subprocess.run([sys.executable, "-c", "import autograder.cli"], check=True)
