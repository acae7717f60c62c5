"""Entering a jail and giving up every privilege: the system calls, as they are made inside a forked process.

The rules are those of `jail`: user namespace first, then the others; capabilities dropped after the change of user; the
wish to die with the parent last, because a change of user takes it back.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

WORK = "/tmp/work"
INNER_ID = 65534

_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
_OTHER_NAMESPACES = _CLONE_NEWNS | _CLONE_NEWUTS | _CLONE_NEWIPC | _CLONE_NEWPID | _CLONE_NEWNET
_MS_NOSUID, _MS_NODEV = 2, 4
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 36, 38, 47, 4
_CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes:
        memory_mb: address space of each process.
        processes: processes and threads at the same time.
        file_mb: size of one file.
        open_files: file descriptors of each process.
        cpu_s: processor seconds of each process.
        work_mb: all files in the work folder together.
        shared_mb: all of `/dev/shm`.
        inodes: number of files in the work folder.
    """

    memory_mb: int = 2048
    processes: int = 100
    file_mb: int = 16
    open_files: int = 256
    cpu_s: int = 120
    work_mb: int = 64
    shared_mb: int = 16
    inodes: int = 8192

    def as_dict(self) -> dict[str, int]:
        """Plain data, to be sent to the zygote."""
        return asdict(self)


def join(pidfd: int, limits: Mapping[str, int]) -> None:
    """Enter a jail; the next process that the caller forks lives in it. The caller must have one thread only.

    Args:
        pidfd: of the jail's first process.
        limits: of `Limits`: how large the writable folders are.

    Raises:
        OSError: if the kernel refuses.
    """
    call("setns", pidfd, _CLONE_NEWUSER)
    write_once("/proc/sys/user/max_user_namespaces", "0")  # of this namespace: no further ones below it
    call("setns", pidfd, _OTHER_NAMESPACES)
    mount_folder("/dev/shm", limits["shared_mb"], 256)
    # an environment below /tmp stays visible; then only the work folder is writable
    alone = os.listdir("/tmp") == ["work"]
    mount_folder("/tmp" if alone else WORK, limits["work_mb"], limits["inodes"])
    if alone:
        os.mkdir(WORK)
        os.chmod(WORK, 0o1777)


def mount_folder(path: str, size_mb: int, inodes: int) -> None:
    """Mount a small writable folder that is kept in memory."""
    options = f"size={size_mb}m,nr_inodes={inodes},mode=1777".encode()
    call("mount", b"tmpfs", path.encode(), b"tmpfs", _MS_NOSUID | _MS_NODEV, options)


def confine(limits: Mapping[str, int], *, user: int | None, alone: bool) -> None:
    """Give up every privilege for good, and set the limits. To be called in the process that runs student code.

    Args:
        limits: of `Limits`.
        user: whom to become; None to stay what the process is, capabilities included.
        alone: whether that user runs nothing else, as far as the limit on processes counts.
    """
    if user is not None:
        for capability in range(64):
            _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
        if os.getuid() != user:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        _drop_capabilities()
    no_new_privileges()
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    die_with_parent()  # after the change of user, which clears it
    _set_limits(limits, 0 if alone else _processes_of(os.getuid()))


def no_new_privileges() -> None:
    """Have no program gain privileges that this process does not have."""
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _drop_capabilities() -> None:
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    call("capset", header, nothing)


def _set_limits(limits: Mapping[str, int], others: int) -> None:
    for kind, value in (
        (resource.RLIMIT_AS, limits["memory_mb"] << 20),
        (resource.RLIMIT_NPROC, limits["processes"] + others),
        (resource.RLIMIT_FSIZE, limits["file_mb"] << 20),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_CPU, limits["cpu_s"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _processes_of(user: int) -> int:
    """Count a user's threads: without a jail the limit on processes counts all that the user runs."""
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{name}").st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


def die_with_parent() -> None:
    """Have this process killed when the thread that started it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends, so that none can slip away."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> list[int]:
    """Of this process, as far as `/proc` shows them: inside a jail it shows the jail's, which ends as a whole."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def kill(pids: Iterable[int]) -> None:
    """Kill and bury some children."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.waitpid(pid, 0)


def be_first_to_go() -> None:
    """When memory runs out, let the kernel take this process and its children before any other."""
    with contextlib.suppress(OSError):
        write_once("/proc/self/oom_score_adj", "1000")


def call(name: str, *arguments: Any) -> None:
    """Call a function of the C library.

    Raises:
        OSError: if it fails.
    """
    function: Callable[..., int] = getattr(_libc, name)
    if function(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def can_make_user_namespace() -> bool:
    """Whether this process could make a further user namespace; if so, it has."""
    return bool(_libc.unshare(_CLONE_NEWUSER) == 0)


def write_once(path: str, text: str) -> None:
    """Write to a file of the kernel, in one call."""
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
