"""A grader as another user of the machine would run it: root or not, with user namespaces or without, no bubblewrap.

`run` starts a process that is to be such a grader, with the cells that it is to run as JSON. That process changes only
itself: files are rearranged in a mount namespace, user namespaces are refused in a user namespace of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder import confinement, landlock, levels, namespaces, sandbox, view
from autograder.jail import IsolationUnavailable, Level

REPOSITORY = Path(__file__).resolve().parents[1]
UNUSED_USER = 0x50000000
SECRET = "hunter2-of-the-grader"
LIMIT_S = 240.0
_MOUNTS, _USERS = 0x20000, 0x10000000
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from tests.outsiders import main; main()"


@dataclass(frozen=True)
class Place:
    """Who grades, and what the machine allows.

    Attributes:
        root: whether it is root, else a user that nobody is.
        namespaces: the only ones that are tried.
        refused: whether the kernel refuses user namespaces.
        abi: as if the kernel's Landlock were this old.
    """

    root: bool
    namespaces: str | None = None
    refused: bool = False
    abi: int | None = None


def run(place: Place, jobs: dict[str, list[str]], *, limits: dict[str, int] | None = None) -> dict[str, Any]:
    """Run cells there, each job in a sandbox run of its own.

    Returns:
        `message`, `plan`, `results` (by job: verdict, exit, errors, printed), or `unavailable`; and `folders`: what is
        left in the folder for temporary files.
    """
    told = json.dumps({"place": asdict(place), "jobs": jobs, "limits": limits or {}})
    with tempfile.TemporaryDirectory(prefix="outsiders-") as folder:
        os.chmod(folder, 0o777)
        done = subprocess.run(
            [sys.executable, "-c", _BOOT, str(REPOSITORY)],
            input=told,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
            env={**os.environ, "TMPDIR": folder, "PATH": "/nowhere", "SECRET_OF_THE_GRADER": SECRET},
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found | {"folders": os.listdir(folder)}


def become(place: Place) -> None:
    """Be that user; needs root."""
    with view.scratch_folder() as scratch:
        shown = view.View.of_this_environment(scratch)
        paths = [target for source, target in shown.shown if not source.startswith(scratch)]
    paths += [view.servicelab_folder(), *(str(REPOSITORY / name) for name in ("autograder", "tests"))]
    confinement.call("unshare", _MOUNTS)
    confinement.call("mount", None, b"/", None, 0x4000 | 0x40000, None)
    for folder in namespaces.closed_folders(paths):
        namespaces._show_only(folder, [path for path in paths if path.startswith(f"{folder}/")])
    if place.refused:
        _refuse_namespaces()
    if not place.root:
        if not place.refused:
            os.setgroups([])
        os.setresgid(UNUSED_USER, UNUSED_USER, UNUSED_USER)
        os.setresuid(UNUSED_USER, UNUSED_USER, UNUSED_USER)
        os.environ["HOME"] = "/nonexistent"
        confinement._libc.prctl(4, 1, 0, 0, 0)


def _refuse_namespaces() -> None:
    """Enter a user namespace below which there can be none."""
    ready, go = os.pipe()
    mapper = os.fork()
    if mapper == 0:
        os.read(ready, 1)
        for kind in ("uid_map", "gid_map"):
            confinement.write_once(f"/proc/{os.getppid()}/{kind}", f"0 0 1\n{UNUSED_USER} {UNUSED_USER} 1\n")
        os._exit(0)
    confinement.call("unshare", _USERS)
    os.write(go, b"x")
    assert os.waitpid(mapper, 0)[1] == 0
    confinement.write_once("/proc/sys/user/max_user_namespaces", "0")


def main() -> None:
    """Read what is to be done, do it, tell."""
    told = json.load(sys.stdin)
    place = Place(**told["place"])
    if os.geteuid() == 0:
        become(place)
    if place.namespaces is not None:
        levels._NAMESPACES = (place.namespaces,)
    if place.abi is not None:
        abi = place.abi
        landlock.version = lambda: abi
    try:
        with sandbox.Sandbox(limits=confinement.Limits(**told["limits"])) as box, bait() as facts:
            assert box.level is Level.LANDLOCK
            found = {
                "message": sandbox.level_message(box.level),
                "plan": asdict(box._isolation.plan) if box._isolation.plan else None,
                "results": {name: one(box, cells, facts) for name, cells in told["jobs"].items()},
                "bait": Path(facts["GRADEBOOK"]).read_text(),
                "mode": os.stat(facts["GRADEBOOK"]).st_mode & 0o777,
            }
    except IsolationUnavailable as error:
        found = {"unavailable": str(error)}
    print(json.dumps(found))


@contextlib.contextmanager
def bait() -> Any:
    """Things of the grader that no cell may touch."""
    with (
        tempfile.TemporaryDirectory(prefix="outsider-") as folder,
        socket.create_server(("127.0.0.1", 0)) as service,
        socket.socket(socket.AF_UNIX) as named,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        os.chmod(folder, 0o755)
        for name in ("gradebook.db", "work-of-another.ipynb"):
            Path(folder, name).write_text("bait")
        named.bind(f"{folder}/socket")
        named.listen()
        os.chmod(f"{folder}/socket", 0o777)
        abstract.bind(f"\0outsider-{os.getpid()}")
        abstract.listen()
        yield {
            "FOLDER": folder,
            "BESIDE": os.path.dirname(folder),
            "GRADEBOOK": f"{folder}/gradebook.db",
            "OTHER": f"{folder}/work-of-another.ipynb",
            "SOCKET": f"{folder}/socket",
            "ABSTRACT": f"\0outsider-{os.getpid()}",
            "ADDRESS": service.getsockname(),
            "HOST": os.getpid(),
            "REPOSITORY": str(REPOSITORY),
            "OF_GRADER": SECRET,
        }


def one(box: sandbox.Sandbox, cells: list[str], facts: dict[str, Any]) -> dict[str, Any]:
    """Run one job, the facts first."""
    first = "\n".join(f"{name} = {value!r}" for name, value in facts.items())
    requests = [{"op": "cell", "index": i, "source": s, "limit_s": 10} for i, s in enumerate([first, *cells])]
    result = box.run(requests)
    return {
        "verdict": result.verdict,
        "exit": result.exit,
        "detail": result.detail,
        "errors": [reply["error"] for reply in result.replies[1:]],
        "printed": [
            "".join(out.get("text", out.get("evalue", "")) for out in r["outputs"]) for r in result.replies[1:]
        ],
    }
