"""A jail for student code: Linux namespaces built by bubblewrap, joined by a process that is already warm.

Theory of operation
===================
1. `bwrap` builds user, mount, pid, network, ipc and uts namespaces around a holder that does nothing (`cat`). That is
   pid 1 of the jail: when it ends, the kernel kills everything in the jail. It ends when its input does, however we
   end; bubblewrap's own `--die-with-parent` leaves a holder that waits for ever if we are killed before step 2. It has
   a minimal environment, because the jail can read `/proc/1/environ`.
2. We write the user map ourselves (`--userns-block-fd`). Run by root, the jail gets a second, unprivileged user that no
   other jail has: limits on processes do not hold for the real root. Run by an ordinary user, it gets just that user.
3. A child forked from the zygote calls `confinement.join`: it enters the user namespace first, forbids further ones
   there, enters the others, and mounts the small writable folders. What it forks next lives inside.
4. That process calls `confinement.confine`: it becomes the unprivileged user, drops every capability for good, and
   sets its limits.
5. What the jail can see is a list (`View`): the system read-only, Python, the environment's packages, `servicelab`.
   Whatever points back to the repository (an editable install) is covered by something empty.

Where no jail can be built there is a weaker level (`landlock`). Which one a machine has is found out by `levels`.
"""

from __future__ import annotations

import contextlib
import enum
import json
import os
import select
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Self

from .confinement import INNER_ID, WORK, write_once
from .errors import GraderError

if TYPE_CHECKING:
    from .view import View

START_LIMIT_S = 10.0
END_LIMIT_S = 10.0

_DEVICES = ("null", "zero", "full", "random", "urandom")
_FIRST_OUTER_ID = 0x60000000  # far above any account; the pid is added, so that no two jails share a user


class JailError(GraderError):
    """Raised when a jail cannot be built, or does not hold what it promises."""


class IsolationUnavailable(JailError):  # noqa: N818  # a state of the machine, not a fault
    """Raised when this machine cannot isolate student code and running it unprotected was not asked for."""


class Level(enum.StrEnum):
    """How student code is kept apart, strongest first."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"  # Landlock, a filter on system calls, limits, the namespaces that there are
    NONE = "none"  # limits only


LEVELS = tuple(map(str, Level))


class Jail:
    """One jail, built and waiting to be joined; closing it kills everything inside.

    Args:
        view: what can be seen inside.

    Raises:
        JailError: if bubblewrap is missing or cannot build it.
    """

    def __init__(self, view: View) -> None:
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            raise JailError("bubblewrap is not installed")
        info, info_w = os.pipe()
        block_r, self._block = os.pipe()
        try:
            # with a reader of its own: to write to nobody would end bubblewrap, but not its child
            self._process = _start_holder([bwrap, *_arguments(view, info_w, block_r)], info, info_w, block_r)
        finally:
            os.close(info_w)
            os.close(block_r)
        self.pidfd = -1
        try:
            self._settle(info)
        except BaseException as error:
            self.close()
            if isinstance(error, (OSError, ValueError, KeyError)):
                raise JailError(f"bubblewrap could not build a jail: {self._complaint() or error}") from error
            raise
        finally:
            os.close(info)

    def _settle(self, info: int) -> None:
        """Learn the pid of the jail's first process, map its users, wait until the holder answers."""
        deadline = time.monotonic() + START_LIMIT_S
        pid = int(json.loads(_read_until(info, b"}", deadline))["child-pid"])
        self.pidfd = os.pidfd_open(pid)
        _map_users(pid)
        self._release()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"r")
        _read_until(self._process.stdout.fileno(), b"r", deadline)

    def _release(self) -> None:
        if self._block >= 0:
            os.close(self._block)
            self._block = -1

    def _complaint(self) -> str:
        return self._stderr.decode(errors="replace").strip()[:500]

    def close(self) -> None:
        """Kill everything inside and wait until it is gone."""
        if self._process.returncode is not None:
            return
        if self.pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            select.select([self.pidfd], [], [], END_LIMIT_S)
            os.close(self.pidfd)
        else:
            self._process.kill()
        self._release()
        try:
            _, self._stderr = self._process.communicate(timeout=END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            _, self._stderr = self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def _start_holder(command: list[str], *inherited: int) -> subprocess.Popen[bytes]:
    # a session of its own: Ctrl-C on the terminal is for us, we end the jail
    return subprocess.Popen(
        command,
        pass_fds=inherited,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env={},
        start_new_session=True,
    )


def _arguments(view: View, info: int, block: int) -> list[str]:
    arguments = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    arguments += ["--userns-block-fd", str(block), "--info-fd", str(info)]
    arguments += ["--as-pid-1", "--new-session", "--cap-drop", "ALL", "--hostname", "lab"]
    arguments += view.arguments()
    arguments += ["--proc", "/proc", "--dir", WORK, "--dir", "/dev", "--dir", "/dev/shm"]
    for name in _DEVICES:
        arguments += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    arguments += ["--symlink", "/proc/self/fd", "/dev/fd", "--remount-ro", "/"]
    return [*arguments, "--", shutil.which("cat", path="/usr/bin:/bin") or "cat"]


def _read_until(fd: int, mark: bytes, deadline: float) -> bytes:
    """Read until a mark is in what was read.

    Raises:
        OSError: at the deadline, or when there is no more to read.
    """
    data = b""
    while mark not in data:
        ready, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(fd, 4096) if ready else b""
        if not chunk:
            raise OSError("it ended before it was ready" if ready else f"it was not ready in {START_LIMIT_S} s")
        data += chunk
    return data


def _map_users(pid: int) -> None:
    """Map the users of a new namespace: root and an unprivileged one, or the one that we are."""
    if os.geteuid() == 0:
        for outer in (_FIRST_OUTER_ID + pid, INNER_ID):  # a container may not own the high ids
            with contextlib.suppress(OSError):
                for kind in ("uid_map", "gid_map"):
                    write_once(f"/proc/{pid}/{kind}", f"0 0 1\n{INNER_ID} {outer} 1\n")
                return
    write_once(f"/proc/{pid}/uid_map", f"{INNER_ID} {os.geteuid()} 1\n")
    write_once(f"/proc/{pid}/setgroups", "deny")
    write_once(f"/proc/{pid}/gid_map", f"{INNER_ID} {os.getegid()} 1\n")
