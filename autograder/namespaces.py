"""Namespaces without bubblewrap: a network with nobody else in it, read-only files, our own processes only.

Theory of operation
===================
1. Root makes them as they are; anybody else makes a user namespace first and maps only itself into it.
2. Everything that is mounted becomes read-only here, then the small writable folders are mounted on top. What a
   process may read is not decided here but by Landlock.
3. Root changes to a user who cannot pass through closed folders (`/root`, where Python may live). Such a folder is
   replaced by an empty one, in which only the parts that are needed are mounted again.
4. The first process of a process namespace is a holder that does nothing but mount `/proc`: a worker in its place
   would not feel signals that everybody else feels.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from . import confinement
from .confinement import call, write_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FILES, _UTS, _IPC, _USERS, _PROCESSES, _NETWORK = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_READ_ONLY, _NO_SETUID, _NO_DEVICES, _NO_PROGRAMS = 1, 2, 4, 8
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000
_MOUNT_SETATTR, _HERE, _ALL_BELOW = 442, -100, 0x8000
_SET_FLAGS, _UP = 0x8914, 1


def separate(*, users: bool, processes: bool) -> None:
    """Leave the host's namespaces.

    Args:
        users: whether a user namespace is needed to be allowed to.
        processes: whether what is forked next lives in a process namespace as well.

    Raises:
        OSError: if the kernel refuses.
    """
    user, group = os.geteuid(), os.getegid()
    flags = _FILES | _UTS | _IPC | _NETWORK | (_PROCESSES if processes else 0)
    call("unshare", flags | (_USERS if users else 0))
    if users:
        write_once("/proc/self/uid_map", f"{confinement.INNER_ID} {user} 1\n")
        write_once("/proc/self/setgroups", "deny")
        write_once("/proc/self/gid_map", f"{confinement.INNER_ID} {group} 1\n")
        write_once("/proc/sys/user/max_user_namespaces", "0")  # of this namespace: no further ones below it
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))


def rearrange(limits: Mapping[str, int], work: str, shown: Iterable[str], *, move: bool) -> tuple[str, ...]:
    """Make all that is mounted read-only, and mount the small writable folders.

    Args:
        limits: of `Limits`.
        work: the work folder.
        shown: what must be readable.
        move: whether to open the way to it for another user.

    Returns:
        The writable folders.

    Raises:
        OSError: if the kernel refuses.
    """
    os.umask(0o022)
    call("mount", None, b"/", None, _RECURSIVE | _PRIVATE, None)
    shown = list(shown)
    if move:
        for folder in closed_folders(shown):
            _show_only(folder, [path for path in shown if path.startswith(f"{folder}/")])
    attributes = struct.pack("=QQQQ", _READ_ONLY | _NO_SETUID, 0, 0, 0)
    call("syscall", _MOUNT_SETATTR, _HERE, b"/", _ALL_BELOW, attributes, len(attributes))
    # an environment below /tmp stays visible; then only the work folder is writable
    place = "/tmp" if work.startswith("/tmp/") and not any(path.startswith("/tmp/") for path in shown) else work
    confinement.mount_folder(place, limits["work_mb"], limits["inodes"])
    os.makedirs(work, exist_ok=True)
    os.chmod(work, 0o1777)
    confinement.mount_folder("/dev/shm", limits["shared_mb"], 256)
    return place, "/dev/shm"


def closed_folders(shown: Iterable[str]) -> list[str]:
    """The outermost folders on the way that another user cannot pass through."""
    found: list[str] = []
    for path in shown:
        for parent in reversed(Path(path).parents):
            if not os.stat(parent).st_mode & 1:
                found.append(str(parent))
                break
    return list(dict.fromkeys(found))


def _show_only(folder: str, parts: list[str]) -> None:
    """Replace a folder by an empty one with some of its parts."""
    outermost = [path for path in parts if not any(path.startswith(f"{other}/") for other in parts)]
    with contextlib.ExitStack() as stack:
        handles = []
        for path in outermost:
            fd = os.open(path, os.O_PATH)
            stack.callback(os.close, fd)
            handles.append((path, fd))
        call("mount", b"tmpfs", folder.encode(), b"tmpfs", _NO_SETUID | _NO_DEVICES, b"size=1m,mode=755")
        for path, fd in handles:
            source = f"/proc/self/fd/{fd}"
            if os.path.isdir(source):
                os.makedirs(path, 0o755)
            else:
                os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
                Path(path).touch()
            call("mount", source.encode(), path.encode(), None, _BIND, None)


def hold() -> int:
    """Start the first process of the process namespace that was made; it ends with the caller.

    Raises:
        OSError: if `/proc` cannot be mounted, as in a container that masks parts of it.
    """
    told, tell = os.pipe()
    holder = os.fork()
    if holder == 0:
        _hold(tell)
    os.close(tell)
    with os.fdopen(told, "rb") as said:
        answer = said.read()
    if answer != b"held":
        os.waitpid(holder, 0)
        raise OSError(answer.decode(errors="replace") or "the first process of the namespace died")
    return holder


def _hold(tell: int) -> None:
    try:
        confinement.die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps orphans
        call("mount", b"proc", b"/proc", b"proc", _READ_ONLY | _NO_SETUID | _NO_DEVICES | _NO_PROGRAMS, None)
        os.write(tell, b"held")
        os.closerange(3, 1 << 16)
        while True:
            signal.pause()
    except BaseException as error:
        os.write(tell, str(error).encode())
    finally:
        os._exit(1)
