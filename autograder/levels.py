"""Which isolation this machine has: every level is tried before it is believed, and told with how to get a better one.

Theory of operation
===================
1. A canary (`canary`) runs where student code would, and looks for what must not be possible. A level holds when it
   comes back with nothing; what the documentation of a kernel says counts for nothing.
2. Strongest first: a jail of bubblewrap; Landlock with all namespaces, with those that a container still allows, with
   none. Below that there are only limits, and they must be asked for.
3. A message says which level is in force, why it is not a better one, what it does not stop, and what to type.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import landlock
from .jail import START_LIMIT_S, IsolationUnavailable, Jail, JailError, Level
from .landlock import Plan
from .seccomp import MACHINES

if TYPE_CHECKING:
    from .view import View

_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from autograder import canary; canary.{}({}(sys.argv[2]))"
_NAMESPACES = ("all", "network", "none")


@dataclass(frozen=True)
class Isolation:
    """The isolation in force.

    Attributes:
        level: which.
        plan: of the level Landlock.
        why: why it is not a better one; empty if there is none or if it was asked for.
    """

    level: Level
    plan: Plan | None = None
    why: str = ""


def strongest(view: View) -> Isolation:
    """The best isolation that this machine has.

    Args:
        view: what is to be seen inside.

    Raises:
        IsolationUnavailable: if it has none; the message says how to get one.
    """
    why = []
    for level in (Level.BUBBLEWRAP, Level.LANDLOCK):
        try:
            found = exactly(level, view)
        except IsolationUnavailable as error:
            why.append(str(error))
            continue
        return Isolation(found.level, found.plan, "; ".join(filter(None, [*why, found.why])))
    raise IsolationUnavailable(nothing_holds("; ".join(why)))


def exactly(level: Level, view: View) -> Isolation:
    """One level, if it holds here.

    Raises:
        IsolationUnavailable: if it does not; the message says why, in a few words.
    """
    if sys.platform != "linux":
        raise IsolationUnavailable(f"{sys.platform} is not Linux")
    if level is Level.LANDLOCK:
        return _with_landlock(view)
    try:
        with Jail(view) as jail:
            report = _canary("main", "int", str(jail.pidfd), jail.pidfd)
    except JailError as error:
        raise IsolationUnavailable(str(error)) from error
    if report != "held":
        raise IsolationUnavailable(f"a jail was built but does not hold: {report}")
    return Isolation(Level.BUBBLEWRAP)


def _with_landlock(view: View) -> Isolation:
    abi = landlock.version()
    if not abi:
        raise IsolationUnavailable("the kernel has no Landlock (Linux 5.13, and landlock in its list lsm=)")
    if platform.machine() not in MACHINES:
        raise IsolationUnavailable(f"there is no filter on system calls for {platform.machine()}")
    reports: list[str] = []
    for namespaces in _NAMESPACES:
        plan = Plan(abi, os.geteuid() == 0, namespaces)
        report = _try(plan, view)
        if report == "held":
            return Isolation(
                Level.LANDLOCK, plan, f"not all namespaces could be made ({reports[0]})" if reports else ""
            )
        reports.append(report)
    raise IsolationUnavailable(f"Landlock {abi} does not hold: {reports[-1]}")


def _try(plan: Plan, view: View) -> str:
    """Send a canary with a bait; "held", or what it found."""
    with tempfile.TemporaryDirectory(prefix="servicelab-canary-") as folder, _listening() as service:
        os.chmod(folder, 0o755)
        work, file, readable = (f"{folder}/{name}" for name in ("work", "file", "readable"))
        os.mkdir(work)
        for path in (file, readable):
            Path(path).write_text("bait")
        order = landlock.order(plan, view)
        order["shown"].append(readable)
        bait = {"file": file, "readable": readable, "process": os.getpid(), "address": service.getsockname()}
        report = _canary("main_with_landlock", "str", json.dumps({"order": order, "work": work, "bait": bait}))
        if report == "held" and [Path(path).read_text() for path in (file, readable)] != ["bait", "bait"]:
            return "files outside can be changed"
    return report


def _listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def _canary(function: str, kind: str, told: str, *fds: int) -> str:
    """Run a canary; what it says."""
    place = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    command = [sys.executable, "-I", "-B", "-c", _BOOT.format(function, kind), place, told]
    try:
        found = subprocess.run(
            command, pass_fds=fds, stdin=subprocess.DEVNULL, capture_output=True, timeout=START_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = found.stdout.decode(errors="replace").strip(), found.stderr.decode(errors="replace").strip().splitlines()
    return said[0] or (said[1][-1][:300] if said[1] else f"the canary ended with {found.returncode}")


# --- messages ---
def message(isolation: Isolation) -> str:
    """Which level is in force, what it does not stop, and how to reach the next."""
    because = f", because {isolation.why}" if isolation.why else ""
    if isolation.level is Level.BUBBLEWRAP:
        return "isolation level: bubblewrap (own namespaces, no network, read-only system)"
    if isolation.level is Level.NONE:
        return nothing_holds("--unsafe was given")
    assert isolation.plan is not None
    return "\n".join(
        [
            f"isolation level: landlock ({_parts(isolation.plan)}){because}",
            "it stops what bubblewrap stops, but:",
            *(f"  - {line}" for line in _weaknesses(isolation.plan)),
            *how_to_bubblewrap(allowed=isolation.plan.namespaces == "all"),
        ]
    )


def _parts(plan: Plan) -> str:
    namespaces = {
        "all": "own network, mounts and processes",
        "network": "own network and mounts",
        "none": "no namespaces",
    }
    user = "own user" if plan.own_user else "your user"
    return f"Landlock {plan.abi}, system calls filtered, limits, {user}, {namespaces[plan.namespaces]}"


def _weaknesses(plan: Plan) -> list[str]:
    found = ["whether a file exists outside, its size and its times can be asked for (its contents cannot be read)"]
    found.append("sockets of the file system (AF_UNIX) cannot be made by honest code either")
    if plan.namespaces == "none":
        found.append("there are no sockets at all: cells and checks that listen on a port fail, whoever wrote them")
        found.append("/dev/shm is closed: locks and queues of multiprocessing fail")
        found.append("the work folder's size is watched from outside, not bounded by the kernel")
        if not plan.own_user:
            found.append("chmod and utime do nothing, without a word; setting up another user needs root")
    return found


def nothing_holds(reason: str) -> str:
    """Say that there is no isolation, and how to get some."""
    return "\n".join(
        [
            f"isolation level: none, because {reason}",
            *how_to_bubblewrap(),
            "or a kernel with Landlock (level: landlock): Linux 5.13 for root, Linux 6.12 for everybody else",
            "or, for code that you trust only: --unsafe (resource limits, nothing else)",
        ]
    )


def how_to_bubblewrap(*, allowed: bool = False) -> list[str]:
    """What is to be done for a jail, as far as this machine shows it.

    Args:
        allowed: whether it is known that namespaces can be made.
    """
    lines = ["to run student code in a jail (level: bubblewrap):"]
    if shutil.which("bwrap") is None:
        lines.append(
            "  Debian, Ubuntu: apt-get install bubblewrap   Fedora: dnf install bubblewrap   conda: see your system's"
        )
    refusing = refusals()
    if allowed or refusing:
        return [*lines, *(f"  {line}" for line in refusing)]
    return [
        *lines,
        "  user namespaces must be allowed: sysctl user.max_user_namespaces must not be 0;",
        "    Debian 10: kernel.unprivileged_userns_clone=1; Ubuntu: kernel.apparmor_restrict_unprivileged_userns=0",
        "  in a container: run it with --privileged, or with both",
        "    --security-opt seccomp=unconfined and --security-opt systempaths=unconfined",
    ]


_SETTINGS = (
    ("user/max_user_namespaces", "0", "15000", ""),
    ("kernel/unprivileged_userns_clone", "0", "1", ""),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "0",
        ", or give bwrap an AppArmor profile with the line: userns,",
    ),
)


def refusals(settings: str = "/proc/sys") -> list[str]:
    """The settings of this machine that refuse user namespaces, each with its remedy.

    Args:
        settings: where the kernel shows them.
    """
    found = []
    for name, refusing, allowing, more in _SETTINGS:
        path = Path(settings, name)
        if path.is_file() and path.read_text().strip() == refusing:
            sysctl = name.replace("/", ".")
            found.append(
                f"user namespaces are refused by {sysctl}={refusing}; as root: sysctl -w {sysctl}={allowing}{more}"
            )
    return found
