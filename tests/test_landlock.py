"""The level Landlock: each promise attacked in real processes, as root and as a user of the machine, with namespaces
and without; and what honest code may still do."""

from __future__ import annotations

import errno
import os
import platform
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder import landlock, levels, room, sandbox, seccomp, view
from autograder.demo import handed_in
from autograder.execute import Grader
from autograder.jail import IsolationUnavailable, Level
from autograder.landlock import Plan
from autograder.levels import Isolation
from autograder.release import generate
from autograder.sandbox import Sandbox
from tests import outsiders
from tests.landlock_jobs import ATTACKS, ENDS, FOREIGN, HONEST, PRELUDE, WITH_NAMESPACES
from tests.outsiders import Place
from tests.tiny_course import make_course

pytestmark = pytest.mark.skipif(
    not landlock.version() or platform.machine() not in seccomp.MACHINES,
    reason="needs a kernel with Landlock (Linux 5.13 or newer, landlock in lsm=) on x86_64 or aarch64",
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else: run it as root")

APPARMOR = (
    "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give bwrap an AppArmor profile with the line: userns,"
)
PLACES = {
    "root": Place(root=True, namespaces="all"),
    "root, processes shared": Place(root=True, namespaces="network"),
    "root, no namespaces": Place(root=True, namespaces="none"),
    "user": Place(root=False, namespaces="all"),
    "user, no namespaces": Place(root=False, refused=True),
}


def calls() -> str:
    column = list(seccomp.MACHINES).index(platform.machine())
    return f"CALLS = { ({name: numbers[column] for name, numbers in seccomp._CALLS.items()})!r}"


def all_jobs(mark: str) -> dict[str, list[str]]:
    jobs = {"attacks": [PRELUDE, calls(), *(f"print({expression})" for expression in ATTACKS.values())]}
    jobs |= {"honest": [source for source, _ in (HONEST | WITH_NAMESPACES).values()]}
    jobs |= {name: [PRELUDE, source.replace("MARK", mark)] for name, source in ENDS.items()}
    return jobs | {name: [PRELUDE, source] for name, source in FOREIGN.items()}


def processes_with(mark: str) -> list[int]:
    found = []
    for entry in filter(lambda entry: entry.name.isdigit(), Path("/proc").iterdir()):
        try:
            if mark.encode() in (entry / "cmdline").read_bytes() + (entry / "comm").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.fixture(scope="module", params=PLACES.values(), ids=PLACES.keys())
def found(request: pytest.FixtureRequest) -> dict[str, Any]:
    """All jobs, done in one place; without root in the only one that there is."""
    place: Place = request.param
    if os.geteuid() != 0 and (place.root or place.refused):
        pytest.skip("needs root, to become somebody else: run it as root")
    mark = f"mark{os.getpid()}"
    done = outsiders.run(place, all_jobs(mark))
    assert "unavailable" not in done, done
    return done | {"place": place, "left": processes_with(mark)}


def test_the_plan_is_what_the_place_gives(found: dict[str, Any]) -> None:
    place = found["place"]
    namespaces = place.namespaces or "none"
    assert found["plan"] == {"abi": landlock.version(), "own_user": place.root, "namespaces": namespaces}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(found: dict[str, Any], name: str) -> None:
    told = found["results"]["attacks"]
    assert told["verdict"] == "ok", told
    assert told["printed"][2 + list(ATTACKS).index(name)] == "True\n"


def test_the_bait_is_as_it_was(found: dict[str, Any]) -> None:
    assert (found["bait"], found["mode"]) == ("bait", 0o644)


@pytest.mark.parametrize("name", HONEST)
def test_honest_code_runs(found: dict[str, Any], name: str) -> None:
    at = list(HONEST).index(name)
    told = found["results"]["honest"]
    assert (told["errors"][at], told["printed"][at]) == (None, HONEST[name][1])


@pytest.mark.parametrize("name", WITH_NAMESPACES)
def test_with_namespaces_more_honest_code_runs(found: dict[str, Any], name: str) -> None:
    at = len(HONEST) + list(WITH_NAMESPACES).index(name)
    told = found["results"]["honest"]
    if found["plan"]["namespaces"] != "none":
        assert (told["errors"][at], told["printed"][at]) == (None, WITH_NAMESPACES[name][1])
    else:  # the level's message says that these do not all work, and they harm nothing
        assert (told["verdict"], len(told["printed"])) == ("ok", len(HONEST) + len(WITH_NAMESPACES))


def test_whatever_a_cell_starts_ends_with_it(found: dict[str, Any]) -> None:
    assert found["left"] == []
    assert found["results"]["a comet"]["verdict"] == "ok"


@pytest.mark.parametrize("name", ["a full disk", "many files"])
def test_the_work_folder_is_bounded(found: dict[str, Any], name: str) -> None:
    told = found["results"][name]
    if found["plan"]["namespaces"] == "none":
        assert (told["verdict"], told["detail"]) == ("died", "more than 64 MB or 8,192 files in the work folder")
    else:
        assert told["errors"] == [None, "OSError"]


def test_no_folder_is_left(found: dict[str, Any]) -> None:
    assert found["folders"] == []


@pytest.mark.parametrize("name", ["one's own end", "the group's end"])
def test_a_cell_that_ends_itself_ends_nothing_else(found: dict[str, Any], name: str) -> None:
    assert (found["results"][name]["verdict"], found["results"][name]["exit"]) == ("died", -9)
    assert found["results"]["afterwards"]["printed"][1] == "still here\n"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86_64 has calls of other architectures: run it there")
@pytest.mark.parametrize("name", FOREIGN)
def test_a_call_of_another_architecture_kills(found: dict[str, Any], name: str) -> None:
    assert (found["results"][name]["verdict"], found["results"][name]["exit"]) == ("died", -signal.SIGSYS)


# --- older kernels, and none -----------------------------------------------------------------------------------------


@needs_root
@pytest.mark.parametrize("abi", [1, 3, 5])
def test_an_older_landlock_holds_for_root(abi: int) -> None:
    done = outsiders.run(Place(root=True, namespaces="none", abi=abi), {"attacks": all_jobs("")["attacks"]})
    assert set(done["results"]["attacks"]["printed"][2:]) == {"True\n"}, done


@needs_root
def test_an_older_landlock_does_not_hold_for_a_user_without_namespaces() -> None:
    done = outsiders.run(Place(root=False, refused=True, abi=5), {})
    assert done["unavailable"].splitlines()[0].endswith("Landlock 5 does not hold: processes outside can be signalled")


@needs_root
def test_a_user_without_bubblewrap_is_told_the_level_and_the_way_to_the_next() -> None:
    lines = outsiders.run(PLACES["user, no namespaces"], {})["message"].splitlines()
    assert lines[0].startswith(
        f"isolation level: landlock (Landlock {landlock.version()}, system calls filtered, limits,"
    )
    assert (
        "your user, no namespaces), because bubblewrap is not installed; not all namespaces could be made" in lines[0]
    )
    assert "  - there are no sockets at all: cells and checks that listen on a port fail, whoever wrote them" in lines
    assert any("apt-get install bubblewrap" in line for line in lines)
    refused = (
        "  user namespaces are refused by user.max_user_namespaces=0; as root: sysctl -w user.max_user_namespaces=15000"
    )
    assert lines[-1] == refused


def test_with_namespaces_only_bubblewrap_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(levels, "refusals", lambda *_: [])
    lines = levels.message(Isolation(Level.LANDLOCK, Plan(7, True, "all"), "bubblewrap is not installed")).splitlines()
    assert lines[0] == (
        "isolation level: landlock (Landlock 7, system calls filtered, limits, own user, own network, mounts and "
        "processes), because bubblewrap is not installed"
    )
    assert lines[-2] == "to run student code in a jail (level: bubblewrap):"
    assert "apt-get install bubblewrap" in lines[-1]


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000"),
        ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", APPARMOR),
    ],
)  # fmt: skip
def test_the_setting_that_refuses_is_named(tmp_path: Path, name: str, value: str, remedy: str) -> None:
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text(f"{value}\n")
    assert [line.split("; as root: ")[1] for line in levels.refusals(str(tmp_path))] == [remedy]
    path.write_text("100\n")
    assert levels.refusals(str(tmp_path)) == []


def test_without_landlock_either_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(landlock, "version", lambda: 0)
    sandbox._probed.cache_clear()
    why = "isolation level: none, because bubblewrap is not installed; the kernel has no Landlock"
    with pytest.raises(IsolationUnavailable, match=f"^{why}") as caught:
        Sandbox()
    assert str(caught.value).splitlines()[-1].startswith("or, for code that you trust only: --unsafe")
    with pytest.raises(
        IsolationUnavailable, match=r"^the level landlock was asked for and is not to be had: the kernel"
    ):
        Sandbox(level="landlock")
    sandbox._probed.cache_clear()


def test_another_architecture_has_no_such_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels.platform, "machine", lambda: "riscv64")
    with view.scratch_folder() as scratch, pytest.raises(IsolationUnavailable, match=r"system calls for riscv64$"):
        levels.exactly(Level.LANDLOCK, view.View.of_this_environment(scratch))


# --- grading ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(level="landlock") as opened:
        yield opened


def test_the_level_is_the_one_that_was_asked_for(box: Sandbox) -> None:
    assert box.level is Level.LANDLOCK
    assert sandbox.level_message(box.level).startswith("isolation level: landlock (Landlock ")


def test_a_lab_is_graded_at_this_level(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    lab = course.lab("00")
    blank = nbformat.reads(generate(course, lab.folder), as_version=4)
    grader = Grader(level="landlock")
    try:
        scores = []
        for factor in (2, 3):
            source = f"async def double(async_fn):\n    return {factor} * await async_fn()\n"
            evaluation = grader.evaluate(lab.source.resolve(), handed_in(blank, blank, first=source))
            scores.append(sum(verdict.points for verdict in evaluation.verdicts.values()))
    finally:
        grader.close()
    assert scores == [3.0, 2.0]


def test_a_killed_host_leaves_nothing_behind(tmp_path: Path) -> None:
    mark = f"orphan-{os.getpid()}"
    source = f"import subprocess\\nsubprocess.run(['/bin/sh', '-c', 'sleep 1000; : {mark}'], start_new_session=True)"
    program = tmp_path / "host.py"
    program.write_text(
        "from autograder import levels\nfrom autograder.sandbox import Sandbox\n"
        f"levels._NAMESPACES = ('network',)\nbox = Sandbox(level='landlock')\n"
        f"box.run([{{'op': 'cell', 'index': 0, 'source': \"{source}\", 'limit_s': 99}}], wall_s=99)\n"
    )
    paths = [str(outsiders.REPOSITORY), str(Path(view.servicelab_folder()).parent)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    with subprocess.Popen([sys.executable, str(program)], env=environment) as host:
        assert soon(lambda: bool(processes_with(mark)) or host.poll() is not None)
        assert host.poll() is None
        host.kill()
    left = soon(lambda: not processes_with(mark))
    for folder in Path("/tmp").glob("servicelab-work-*"):
        if folder.stat().st_uid == os.geteuid() and not any(folder.iterdir()):
            folder.rmdir()  # a killed host cannot
    assert left


def soon(condition: Any, limit_s: float = 20.0) -> bool:
    deadline = time.monotonic() + limit_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(condition())


# --- the parts -------------------------------------------------------------------------------------------------------


def answered(machine: str, number: int, *arguments: int, loopback: bool = True, same_user: bool = False) -> int:
    """What the filter answers: an interpreter of its few instructions."""
    code = seccomp.program(seccomp.rules(loopback=loopback, same_user=same_user), machine)
    data = struct.pack("=IIQ6Q", number, seccomp.MACHINES[machine], 0, *arguments, *[0] * (6 - len(arguments)))
    at = accumulator = 0
    while True:
        operation, if_true, if_false, value = struct.unpack_from("=HBBI", code, 8 * at)
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif operation == 0x54:
            accumulator &= value
        elif operation == 0x06:
            return int(value)
        else:
            assert operation in (0x15, 0x35)
            at += if_true if (accumulator == value if operation == 0x15 else accumulator >= value) else if_false


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_the_filter_refuses_what_is_in_its_table_and_nothing_else(machine: str) -> None:
    column = list(seccomp.MACHINES).index(machine)
    refused = {numbers[column] for numbers in seccomp._CALLS.values()} - {None}
    for number in range(512):
        answer = answered(machine, number, *[1 << 28] * 6, loopback=False, same_user=True)
        expected = number in refused and number != seccomp._CALLS["ioctl"][column]
        assert (answer != seccomp.ALLOW) == expected, number
        assert answer == seccomp.ALLOW or answer & 0xFFFF0000 == seccomp.ERROR


@pytest.mark.parametrize(
    ("call", "arguments", "error"),
    [
        ("clone", (17,), None),
        ("clone", (17 | 1 << 28,), errno.EPERM),
        ("socket", (2, 1, 0), None),
        ("socket", (10, 2 | 0o4000, 0), None),
        ("socket", (16, 3, 0), None),
        ("socket", (16, 3, 9), errno.EACCES),
        ("socket", (1, 1, 0), errno.EACCES),
        ("socketpair", (1, 1 | 0o2000000), None),
        ("socketpair", (1, 5), None),
        ("socketpair", (1, 2), errno.EACCES),
        ("socketpair", (30, 1), errno.EACCES),
        ("prlimit64", (0, 7), None),
        ("prlimit64", (7, 7), errno.EPERM),
        ("setpriority", (0, 0), None),
        ("setpriority", (0, 7), errno.EPERM),
        ("setpriority", (2, 0), errno.EPERM),
        ("ioctl", (0, 0x5412), errno.EPERM),
        ("ioctl", (0, 0x541C), errno.EPERM),
        ("ioctl", (0, 0x5413), None),
        ("sched_setaffinity", (0,), None),
        ("sched_setaffinity", (9,), errno.EPERM),
        ("clone3", (), errno.ENOSYS),
        ("fchmodat2", (), None),
        ("utimensat", (), None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_some_calls_depend_on_their_arguments(
    machine: str, call: str, arguments: tuple[int], error: int | None
) -> None:
    number = seccomp._CALLS[call][list(seccomp.MACHINES).index(machine)]
    assert number is not None
    assert answered(machine, number, *arguments) == (seccomp.ALLOW if error is None else seccomp.ERROR | error)


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_modes_and_times_stay_where_all_files_are_the_same_users(machine: str) -> None:
    for call, arguments, error in (("fchmod", (), 0), ("utimensat", (0, 0, 1), 0), ("utimensat", (), errno.EPERM)):
        number = seccomp._CALLS[call][list(seccomp.MACHINES).index(machine)]
        assert number is not None
        assert answered(machine, number, *arguments, same_user=True) == seccomp.ERROR | error


def test_a_folder_with_something_covered_is_granted_entry_by_entry(tmp_path: Path) -> None:
    for name in ("a/secret/s", "a/b/c", "d"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "link").symlink_to("/")
    granted = dict(landlock._without(str(tmp_path), [f"{tmp_path}/a/secret", "/elsewhere"]))
    parts = {"": 8, "/a": 8, "/a/b": landlock._READ, "/d": landlock._READ}
    assert granted == {f"{tmp_path}{name}": access for name, access in parts.items()}


def test_room_counts_what_is_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", 1 << 30)
    assert not room.Room(str(tmp_path), 1 << 20, 10).is_used_up()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(os.urandom(2 << 20))
    assert room.Room(str(tmp_path), 1 << 20, 10).is_used_up()
    assert room.Room(str(tmp_path), 1 << 30, 2).is_used_up()
    assert not room.Room(str(tmp_path), 1 << 30, 3).is_used_up()
