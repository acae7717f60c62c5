"""The processes in which checks run: one waits where the checks stand, and forks those that run them.

A `Place` keeps the names as they are where it was made, runs nothing, and forks an `Observer` when asked. An observer
runs one check after the other, those of one exercise: forking costs more than most checks do. It says after each
whether it is as it was; one that is not is ended, and the place forks another.

An observer sends JSON lines: events, then a last line. A check that hangs, calls `os._exit` or crashes loses only
itself, and what it has sent until then is still delivered. Nothing that is said here is believed: whoever reads the
replies compares the observations with what was expected.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from .shell import Outputs, Stream
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Emit = Callable[[list[Any]], None]
    Answer = Callable[[Mapping[str, Any], Emit], bool]

MAX_CHECK_BYTES = 16 << 20
FORK_LIMIT_S = 5.0
FIRST_FD = 200  # the runner's requests and replies live here, out of the way of student code
_CHUNK = 1 << 16
_LAST = {True: b'{"end": true, "clean": true}\n', False: b'{"end": true, "clean": false}\n'}
_ENDS = tuple(_LAST.values())
_ASKED = b"fork"
_dumps, _loads, _write = json.dumps, json.loads, os.write
_send_fds, _recv_fds = socket.send_fds, socket.recv_fds


def send(fd: int, message: Any) -> None:
    """Write one JSON line."""
    _write_all(fd, _dumps(message).encode() + b"\n")


def _write_all(fd: int, line: bytes) -> None:
    data = memoryview(line)
    while data:
        data = data[_write(fd, data) :]


@dataclass(frozen=True)
class Observer:
    """A process that runs checks: its id, and the socket to talk with it."""

    pid: int
    talk: socket.socket

    def ask(self, request: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        """Have it run a check.

        Returns:
            `events`, what it has sent; `status`: "done", "died", "timeout", "flood" or "garbled"; `error` in a line;
            `clean`, whether it says that it can run another.
        """
        watch = Stopwatch(limit_s, self.pid)
        with contextlib.suppress(OSError):
            send(self.talk.fileno(), request)
        return _told(*_listen(self.pid, self.talk.fileno(), watch, request.get("max_bytes", MAX_CHECK_BYTES)))

    def end(self) -> None:
        """Kill it, and what it has left in its group."""
        self.talk.close()
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(OSError):
                kill(self.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Place:
    """A process that keeps the names as they were when it was made: its id, and the socket to ask it for observers."""

    pid: int
    talk: socket.socket

    def observer(self) -> Observer:
        """Have it fork one.

        Raises:
            OSError: if it does not.
        """
        self.talk.send(_ASKED)
        message, fds, _flags, _address = _recv_fds(self.talk, 32, 1)
        if not fds:
            raise ChildProcessError("the process that keeps the names has ended")
        return Observer(int(message), socket.socket(fileno=fds[0]))


def make_place(answer: Answer, others: Iterable[Place]) -> Place:
    """Fork a process that keeps the names as they are now.

    Args:
        answer: runs a check; takes the request and what to send each event with; tells whether it left nothing behind.
        others: those that it must not talk with.

    Raises:
        OSError: if there can be no more processes.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        child = os.fork()
    except OSError:
        ours.close()
        theirs.close()
        raise
    if child == 0:
        for talk in [ours, *(other.talk for other in others)]:
            talk.close()
        _keep(answer, theirs)
    theirs.close()
    ours.settimeout(FORK_LIMIT_S)
    return Place(child, ours)


def _keep(answer: Answer, talk: socket.socket) -> NoReturn:
    """The child of a place: fork an observer each time somebody asks."""
    try:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.closerange(FIRST_FD, FIRST_FD + 2)
        while talk.recv(len(_ASKED)) == _ASKED:
            _reap()
            ours, theirs = socket.socketpair()
            child = os.fork()
            if child == 0:
                talk.close()
                ours.close()
                _observe(answer, theirs.fileno())
            theirs.close()
            _send_fds(talk, [b"%d" % child], [ours.fileno()])
            ours.close()
    finally:
        os._exit(0)


def _reap() -> None:
    """Wait for the observers that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _observe(answer: Answer, talk: int) -> NoReturn:
    """An observer: wait for a check, run it, send its events, then the mark of a check that ran to its end."""
    code = 1
    try:
        os.setpgid(0, 0)
        unheard = Outputs()
        sys.stdout, sys.stderr = Stream("stdout", unheard), Stream("stderr", unheard)
        while (request := _loads(_line(talk) or b"null")) is not None:
            clean = answer(request, lambda event: send(talk, event))
            _write_all(talk, _LAST[clean])
        code = 0
    except BaseException as error:
        with contextlib.suppress(BaseException):
            send(talk, {"error": f"{type(error).__name__}: {error}"[:2000]})
    finally:
        os._exit(code)


def _line(talk: int) -> bytes:
    """Read one line; empty if the other side has gone."""
    data = b""
    while not data.endswith(b"\n"):
        part = os.read(talk, _CHUNK)
        if not part:
            return b""
        data += part
    return data


def _listen(child: int, events: int, watch: Stopwatch, max_bytes: int) -> tuple[bytes, str]:
    """Read until the last line or the child's end, or too late, or too much; who the child left is not waited for."""
    parts: list[bytes] = []
    size = 0
    os.set_blocking(events, False)
    try:
        pidfd = os.pidfd_open(child)
    except ProcessLookupError:  # a cell of the student's has ended it and waited for it
        return b"", "ended"
    try:
        while True:
            if not (ready := _wait([events, pidfd], watch)):
                return b"".join(parts), "timeout"
            while part := _read_some(events):
                parts.append(part)
                size += len(part)
                if size > max_bytes:
                    return b"".join(parts), "flood"
            if pidfd in ready or b"".join(parts[-2:]).endswith(_ENDS):
                return b"".join(parts), "ended"
            if part is not None:  # it closed its pipe; what remains is its end
                return b"".join(parts), "ended" if _wait([pidfd], watch) else "timeout"
    finally:
        os.close(pidfd)


def _wait(fds: list[int], watch: Stopwatch) -> list[int]:
    """Those that are ready to be read; none if the limit is reached."""
    while left_s := watch.left_s():
        ready, _, _ = select.select(fds, [], [], max(left_s, 0.01))
        if ready:
            return ready
    return []


def _read_some(fd: int) -> bytes | None:
    """What is there to read: None if nothing yet, empty at the end."""
    try:
        return os.read(fd, _CHUNK)
    except BlockingIOError:
        return None
    except ConnectionResetError:
        return b""


def _told(data: bytes, status: str) -> dict[str, Any]:
    """Turn what a check has sent into the fields of a reply; half a line at the end is dropped."""
    events: list[Any] = []
    ended, clean, error = False, False, None
    for line in data.split(b"\n")[:-1]:
        try:
            message = _loads(line)
        except (ValueError, RecursionError):
            return {"events": events, "status": "garbled", "error": "a check sent what is not JSON", "clean": False}
        if isinstance(message, dict):
            ended, error = ended or message.get("end") is True, message.get("error", error)
            clean = message.get("clean") is True
        else:
            events.append(message)
    if status == "ended":
        status = "done" if ended else "died"
    return {"events": events, "status": status, "error": error, "clean": clean and status == "done"}
