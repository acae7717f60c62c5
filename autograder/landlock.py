"""Isolation without bubblewrap: Landlock, a filter on system calls, limits, and what namespaces the kernel allows.

Theory of operation
===================
1. A `Plan` says what this machine gives: the version of Landlock, whether there is a user to change to (only root can),
   and which namespaces can be made. It is plain data, and the canary has tried it before it is used (`levels`).
2. The supervisor calls `separate`: namespaces of its own if it can (`confinement.separate`), else a Landlock domain
   that holds signals in. What it forks next lives inside.
3. The worker calls `enter`: it becomes another user if it can, drops capabilities, sets its limits, and then allows
   itself only this: to read what the `View` shows, to write below the work folder. Landlock grants folders whole; a
   folder with something covered in it is granted entry by entry, and only the names in it can be listed.
4. Then comes the filter on system calls (`seccomp`), for what Landlock does not know.
5. `end_all` ends whatever the worker has left, at once, however fast it forks: with its namespace; else by a signal to
   everybody, sent as the worker's user or held in by the domain of point 2. What is left is the supervisor's to bury.

What this level does not stop and a jail of bubblewrap does:
- names, sizes, times and link targets of files outside can be asked for (`stat` is not Landlock's business), and names
  can be listed in covered parts of a readable folder; contents cannot be read. The real `/etc/hosts` is read.
- without a process namespace: a worker whose supervisor is killed from outside (by the kernel for want of memory, by
  root) leaves its children running. Student code cannot reach the supervisor.
- without namespaces: no sockets at all, `/dev/shm` closed; the size of the work folder is watched from outside, and
  files that are deleted but open are not seen; for an ordinary user `chmod` does nothing.
An ordinary user without namespaces needs version 6, since older ones do not hold signals in: the canary refuses.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import struct
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from . import confinement, namespaces, seccomp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .view import View

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
_MAKE_DEVICES = 1 << 6 | 1 << 11
_MAKE_SOCKET, _REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 9, 1 << 13, 1 << 14, 1 << 15
_ABI_1 = (1 << 13) - 1
_BIND_AND_CONNECT = 3
_SOCKETS_AND_SIGNALS = 3
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE
_READ = EXECUTE | READ_FILE | READ_DIR

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every architecture
_ASK_VERSION, _PATH_BENEATH, _NO_LOG = 1, 1, 1
_DEVICES = ("null", "zero", "full", "random", "urandom")
_NAMES = ("/etc/hosts", "/etc/nsswitch.conf")
_PROC = ("cpuinfo", "meminfo", "stat", "uptime", "loadavg", "version", "filesystems", "sys/net/core/somaxconn")
_FIRST_USER = 0x60000000  # far above any account; the pid is added, so that no two workers share a user

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Plan:
    """What is used on this machine.

    Attributes:
        abi: the version of Landlock.
        own_user: whether the worker becomes a user that nobody else is.
        namespaces: "all" (network, files, processes), "network" (all but processes), or "none".
    """

    abi: int
    own_user: bool
    namespaces: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data, to be sent to the zygote."""
        return asdict(self)


def version() -> int:
    """The version of Landlock that the kernel has; 0 if it has none."""
    return max(0, int(_libc.syscall(_CREATE, None, 0, _ASK_VERSION)))


def order(plan: Plan, view: View) -> dict[str, Any]:
    """What a supervisor and a worker must be told, as plain data."""
    shown = [target for source, target in view.shown if not source.startswith(view.blanks + "/")]
    again = [target for _, target in view.again]
    return {**plan.as_dict(), "shown": shown, "covered": list(view.covered), "again": again}


# --- in the supervisor ---
@dataclass
class Separation:
    """What `end_all` has to know.

    Attributes:
        user: of the worker.
        private: folders that are mounted for this worker only.
        holder: pid of the first process of the worker's own process namespace.
        held_in: whether signals cannot leave the supervisor's domain.
    """

    user: int
    private: tuple[str, ...] = ()
    holder: int | None = None
    held_in: bool = False


def separate(told: Mapping[str, Any], limits: Mapping[str, int], work: str) -> Separation:
    """Make the surroundings of a worker; the next process that the caller forks lives in them.

    Args:
        told: from `order`.
        limits: of `Limits`.
        work: the work folder; a small one of its own is mounted over it if that is possible.

    Raises:
        OSError: if the kernel refuses.
    """
    kind = told["namespaces"]
    user = _FIRST_USER + os.getpid() if told["own_user"] else confinement.INNER_ID
    if kind == "none":
        if told["own_user"]:
            os.chown(work, user, user)
        else:
            user = os.getuid()
        return Separation(user, held_in=_hold_signals_in(told["abi"]))
    namespaces.separate(users=not told["own_user"], processes=kind == "all")
    private = namespaces.rearrange(limits, work, [*told["shown"], *told["again"]], move=told["own_user"])
    if kind == "all":
        return Separation(user, private, namespaces.hold())
    return Separation(user, private, held_in=_hold_signals_in(told["abi"]))


def _hold_signals_in(abi: int) -> bool:
    """Enter a domain that signals cannot leave, and see that it is so."""
    if abi < 6:
        return False
    outside = os.getppid()
    try:
        os.kill(outside, 0)
    except OSError:  # then it would prove nothing that it fails below
        return False
    confinement.no_new_privileges()
    _restrict(_ruleset(0, 0, _SOCKETS_AND_SIGNALS, abi), abi)
    try:
        os.kill(outside, 0)
    except PermissionError:
        return True
    return False


def end_all(separation: Separation) -> None:
    """End what the worker has left, however it hides; to be called when the worker has ended."""
    if separation.holder is not None:  # the kernel ends all in a namespace with its first process
        os.kill(separation.holder, signal.SIGKILL)
        os.waitpid(separation.holder, 0)
    while children := confinement.children():
        _signal_all(separation)  # one by one they may fork faster than we look
        confinement.kill(children)


def _signal_all(separation: Separation) -> None:
    """Kill all that the worker's user or the domain holds, in one call; only if one of them is sure to hold us back."""
    if separation.user != os.getuid():
        _as_user(separation)
    elif separation.held_in:
        with contextlib.suppress(OSError):
            os.kill(-1, signal.SIGKILL)


def _as_user(separation: Separation) -> None:
    """Signal everybody as the worker's user, who can reach nobody else."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setresgid(separation.user, separation.user, separation.user)
            os.setresuid(separation.user, separation.user, separation.user)
            if os.getresuid() == (separation.user,) * 3:
                os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(child, 0)


# --- in the worker ---
def enter(told: Mapping[str, Any], limits: Mapping[str, int], separation: Separation, work: str) -> None:
    """Give up everything that the work does not need; to be called in the process that runs student code.

    Raises:
        OSError: if the kernel refuses.
    """
    confinement.confine(limits, user=separation.user, alone=told["own_user"] or told["namespaces"] != "none")
    confinement.adopt_orphans()
    abi = told["abi"]
    ruleset = _ruleset(_handled(abi), _BIND_AND_CONNECT if abi >= 4 and told["namespaces"] == "none" else 0, 3, abi)
    for path, access in _allowed(told, (work, *separation.private)):
        _allow(ruleset, path, access & _handled(abi))
    _restrict(ruleset, abi)
    separated = told["namespaces"] != "none"  # then all but private folders is mounted read-only
    seccomp.install(loopback=separated, same_user=not (separated or told["own_user"]))


def _handled(abi: int) -> int:
    """All rights to files that this version knows."""
    newer = ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEVICE))
    return _ABI_1 | sum(right for since, right in newer if abi >= since)


def _allowed(told: Mapping[str, Any], private: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Every path that may be used, and how."""
    for path in (*told["shown"], *told["again"]):
        yield from _without(path, told["covered"])
    yield from ((path, _READ) for path in _NAMES)
    yield from _processes(told["namespaces"])
    yield from ((f"/dev/{name}", READ_FILE | WRITE_FILE | _TRUNCATE) for name in _DEVICES)
    yield from ((path, (_ABI_1 | _REFER | _TRUNCATE) & ~(_MAKE_DEVICES | _MAKE_SOCKET)) for path in private)


def _processes(namespaces: str) -> Iterator[tuple[str, int]]:
    """What of `/proc` may be read: all of one that shows only our own processes, else ourselves."""
    if namespaces == "all":
        yield "/proc", _READ
        return
    ours = f"/proc/{os.getpid()}"
    # who is connected to what on this machine
    yield from _without(ours, [f"{ours}/net", f"{ours}/task/{os.getpid()}/net"] if namespaces == "none" else [])
    yield from ((f"/proc/{name}", _READ) for name in _PROC)


def _without(path: str, covered: list[str]) -> Iterator[tuple[str, int]]:
    """Allow a folder; entry by entry, if something in it is covered."""
    inside = [one for one in covered if one == path or one.startswith(path.rstrip("/") + "/")]
    if path in inside:
        return
    if not inside:
        yield path, _READ
        return
    yield path, READ_DIR
    with contextlib.suppress(OSError):
        entries = [entry.path for entry in os.scandir(path) if not entry.is_symlink()]  # a link would grant its target
        for entry in entries:
            yield from _without(entry, inside)


def _ruleset(files: int, network: int, scoped: int, abi: int) -> int:
    """A new set of rules, which refuses everything that it handles."""
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    made = int(_libc.syscall(_CREATE, struct.pack("=QQQ", files, network, scoped)[:size], size, 0))
    if made < 0:
        raise _error("landlock_create_ruleset")
    return made


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not there, or out of reach: then there is nothing to allow
        return
    try:
        if not os.path.isdir(path):
            access &= _OF_FILES
        if _libc.syscall(_ADD, ruleset, _PATH_BENEATH, struct.pack("=Qi", access, fd), 0):
            raise _error(f"landlock_add_rule {path}")
    finally:
        os.close(fd)


def _restrict(ruleset: int, abi: int) -> None:
    try:
        if _libc.syscall(_RESTRICT, ruleset, _NO_LOG if abi >= 7 else 0):
            raise _error("landlock_restrict_self")
    finally:
        os.close(ruleset)


def _error(call: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number or errno.EPERM, f"{call}: {os.strerror(number)}")
