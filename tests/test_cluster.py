"""Grading on a cluster: two workers of their own, one of which is killed while it works."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import nbformat
import pytest
from distributed import Client, LocalCluster

from autograder import cli
from autograder.cluster import Cluster
from autograder.demo import handed_in
from autograder.errors import UsageError
from autograder.execute import Grader
from autograder.grade import grade
from autograder.release import generate
from autograder.workspace import Workspace
from tests.tiny_course import FOLDER, hand_in, make_course

STUDENTS = 12


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        local_directory=str(tmp_path_factory.mktemp("dask")),
    ) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    course = make_course(tmp_path / "course")
    workspace = Workspace(tmp_path / "class", course)
    blank = nbformat.reads(generate(course, FOLDER), as_version=4)
    for number in range(STUDENTS):
        answer = f"async def double(async_fn):\n    return {2 + number % 2} * await async_fn()\n"
        hand_in(workspace, f"s{number:02}", handed_in(blank, course.lab(FOLDER).notebook(), first=answer))
    return workspace


def kill_a_busy_worker(cluster: LocalCluster, done: threading.Event) -> None:
    """Kill the process of the first worker that has something to do."""
    while not done.is_set():
        for address, worker in cluster.scheduler_info["workers"].items():
            if cluster.scheduler.workers[address].processing:
                os.kill(cluster.workers[worker["id"]].process.pid, signal.SIGKILL)
                return
        time.sleep(0.001)


@pytest.mark.timeout(180)
def test_a_class_is_graded_although_a_worker_is_killed(cluster: LocalCluster, workspace: Workspace):
    done = threading.Event()
    with closing(Grader(unsafe=True)) as grader, Cluster(cluster.scheduler_address, grader, unsafe=True) as engine:
        rows = grade(workspace, workspace.course.lab(FOLDER), grader, engine=engine)
        first = next(rows)
        before = {address: worker["id"] for address, worker in cluster.scheduler_info["workers"].items()}
        killer = threading.Thread(target=kill_a_busy_worker, args=(cluster, done))
        killer.start()
        found = {row.student: (row.status, row.score) for row in [first, *rows]}
        done.set()
        killer.join()
    assert found == {f"s{n:02}": ("graded", 2.0 if n % 2 else 3.0) for n in range(STUDENTS)}
    assert set(cluster.scheduler_info["workers"]) != set(before)


@pytest.mark.timeout(180)
def test_a_plan_that_was_lost_with_its_workers_is_handed_out_anew(cluster: LocalCluster, workspace: Workspace):
    lab = workspace.course.lab(FOLDER)
    with closing(Grader(unsafe=True)) as grader, Cluster(cluster.scheduler_address, grader, unsafe=True) as engine:
        source = lab.source.resolve()
        before = engine.evaluate(source, lab.notebook())
        with Client(cluster.scheduler_address, set_as_default=False) as another:
            another.cancel(engine._plans[source], force=True)
        lost = engine._plans[source]
        assert engine.evaluate(source, lab.notebook()).verdicts == before.verdicts
        assert engine._plans[source] is not lost


def test_the_command_takes_the_address(cluster: LocalCluster, workspace: Workspace, capsys: pytest.CaptureFixture[str]):
    where = ["--root", str(workspace.root), "--course", str(workspace.course.root), "--unsafe", "--json"]
    code = cli.main(["grade", "00", *where, "--scheduler", cluster.scheduler_address, "--student", "s00"])
    assert (code, json.loads(capsys.readouterr().out)["students"]["s00"]["score"]) == (0, 3.0)


def test_nobody_at_the_address_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("autograder.cluster.CONNECT_LIMIT_S", 0.2)
    with pytest.raises(UsageError, match=r"^no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        Cluster("tcp://127.0.0.1:1", grader=None)  # type: ignore[arg-type]
