"""What a canary does where student code is to run: look for what must not be possible. A process of its own.

Started by `levels`. It prints "held", or the first promise that is broken. What it tries is harmless where it works.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import confinement, landlock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_REPOSITORY = Path(__file__).resolve().parents[1]
_NEW_USER, _ATTACH = 0x10000000, 16
_libc = ctypes.CDLL(None, use_errno=True)


def main(pidfd: int) -> None:
    """Join a jail, look around, tell.

    Args:
        pidfd: of the jail's first process.
    """
    limits = confinement.Limits().as_dict()
    network = os.readlink("/proc/self/ns/net")
    confinement.join(pidfd, limits)
    child = os.fork()
    if child:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    confinement.confine(limits, user=confinement.INNER_ID, alone=True)
    print(_first_broken(in_both, lambda: in_a_jail(network)), flush=True)
    os._exit(0)


def main_with_landlock(told: str) -> None:
    """Do what a supervisor and a worker do, look around, tell.

    Args:
        told: JSON: `order`, `work` and the `bait`: a file, a process and a port of the host, and a readable file.
    """
    about = json.loads(told)
    limits = confinement.Limits().as_dict()
    confinement.adopt_orphans()
    separation = landlock.separate(about["order"], limits, about["work"])
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        landlock.end_all(separation)
        os._exit(0)
    try:
        os.chdir(about["work"])
        landlock.enter(about["order"], limits, separation, about["work"])
        separated = about["order"]["namespaces"]
        processes = _of_processes_apart if separated == "all" else lambda: _of_processes(about["bait"]["process"])
        looks = in_both, lambda: _of_files(about["bait"]), processes
        print(_first_broken(*looks, lambda: _of_sockets(about["bait"], separated != "none")), flush=True)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", flush=True)
    finally:
        os._exit(0)


def _first_broken(*looks: Callable[[], Mapping[str, bool]]) -> str:
    return next((broken for look in looks for broken, kept in look().items() if not kept), "held")


def in_both() -> dict[str, bool]:
    """What holds wherever there is isolation; by what is wrong if it does not."""
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    return {
        "the environment cannot be read (chmod -R go+rX, or install it elsewhere)": os.access(os.__file__, os.R_OK)
        and _packages_readable(),
        "a capability is left": all(int(status[name], 16) == 0 for name in ("CapEff", "CapPrm", "CapAmb")),
        "new privileges are possible": status["NoNewPrivs"] == "1",
        "a further user namespace is possible": not confinement.can_make_user_namespace(),
        "the root folder is writable": not os.access("/", os.W_OK),
        "the work folder is not writable": os.access(".", os.W_OK) or os.access(confinement.WORK, os.W_OK),
    }


def in_a_jail(outer_network: str) -> dict[str, bool]:
    """What a jail of bubblewrap promises."""
    bounding = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapBnd"))
    return {
        "a capability could come back": int(bounding.split()[1], 16) == 0,
        "the network is the outer one": os.readlink("/proc/self/ns/net") != outer_network,
        "there is a network besides loopback": [name for _, name in socket.if_nameindex()] == ["lo"],
        "outer processes are visible": len([name for name in os.listdir("/proc") if name.isdigit()]) <= 4,
        "the repository is visible": not (_REPOSITORY / "autograder").exists(),
    }


def _of_files(bait: Mapping[str, Any]) -> dict[str, bool]:
    """What the level Landlock promises, each tried on a bait."""
    file, readable = bait["file"], bait["readable"]
    emptied: list[tuple[Callable[..., Any], tuple[int, ...]]] = [
        (os.truncate, (0,)),
        (os.open, (os.O_RDONLY | os.O_TRUNC,)),
    ]
    return {
        "system calls are not filtered": "\nSeccomp:\t2\n" in Path("/proc/self/status").read_text(),
        "files outside can be read": _refused(open, file) and _refused(os.listdir, os.path.dirname(file)),
        "the repository can be read": _refused(open, _REPOSITORY / "pyproject.toml")
        and _refused(os.listdir, _REPOSITORY / "solutions"),
        "files outside can be written": all(_refused(open, path, "r+") for path in (file, readable)),
        "files outside can be emptied": all(
            _refused(f, path, *more) for path in (file, readable) for f, more in emptied
        ),
        "files outside can be moved or removed": _refused(os.unlink, file) and _refused(os.rename, file, "bait"),
        "modes and times of files outside can be changed": _unchanged(os.chmod, file, 0o777)
        and _unchanged(os.utime, file, (0, 0)),
        "mounting is possible": _libc.mount(b"none", b"/mnt", b"tmpfs", 0, None) != 0,
    }


def _of_processes(host: int) -> dict[str, bool]:
    return {
        "processes outside can be signalled": _refused(os.kill, host, 0),
        "processes outside can be listed": _refused(os.listdir, "/proc"),
        "processes outside can be read": all(_refused(open, f"/proc/{host}/{name}") for name in ("cmdline", "environ")),
        "processes outside can be attached to": _libc.ptrace(_ATTACH, host, 0, 0) != 0,
    }


def _of_processes_apart() -> dict[str, bool]:
    # the number of a process outside means nothing here
    seen = [name for name in os.listdir("/proc") if name.isdigit()]
    return {"outer processes are visible": os.getppid() == 0 and len(seen) <= 4}


def _of_sockets(bait: Mapping[str, Any], loopback: bool) -> dict[str, bool]:
    return {
        "services of the host can be reached": _refused(_connect, tuple(bait["address"])),
        "sockets of the file system can be made": _refused(socket.socket, socket.AF_UNIX),
        "a pair of datagram sockets can be made": _refused(socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM),
        "there is no loopback": not loopback or not _refused(_talk_to_ourselves),
        "sockets can be made": loopback or _refused(socket.socket, socket.AF_INET, socket.SOCK_DGRAM),
    }


def _connect(address: tuple[str, int]) -> None:
    with socket.socket() as ours:
        ours.settimeout(1.0)
        ours.connect(address)


def _talk_to_ourselves() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        _connect(server.getsockname())


def _refused(function: Callable[..., Any], *arguments: Any) -> bool:
    """Whether the kernel refuses a call."""
    try:
        made = function(*arguments)
    except OSError:
        return True
    with contextlib.suppress(AttributeError):
        made.close()
    return False


def _unchanged(function: Callable[..., Any], path: str, *arguments: Any) -> bool:
    """Whether a call changes nothing about a file; it may say that it did."""
    before = os.stat(path)
    with contextlib.suppress(OSError):
        function(path, *arguments)
    after = os.stat(path)
    return (before.st_mode, before.st_mtime_ns) == (after.st_mode, after.st_mtime_ns)


def _packages_readable() -> bool:
    return all(os.access(path, os.R_OK | os.X_OK) for path in sys.path if path.endswith("site-packages"))
