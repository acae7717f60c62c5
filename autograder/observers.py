"""The processes in which checks run: one waits where the checks stand, and forks those that run them.

A `Place` keeps the names as they are where it was made, runs nothing, and forks an `Observer` when asked. An observer
runs one check after the other, those of its place, and waits in between: forking costs more than most checks do. It
says after each whether it is as it was; one that is not is ended, and the place forks another.

An observer sends its events as JSON lines through a pipe that nobody waits at, which would cost two changes of process
for each; the mark of its end goes through the socket that the request came by. A check that hangs, calls `os._exit` or
crashes loses only itself, and what it has sent until then is still delivered. Nothing that is said here is believed:
whoever reads the replies compares the observations with what was expected.
"""

from __future__ import annotations

import contextlib
import fcntl
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
LOOK_EVERY_S = 0.02  # at the pipe of a check that runs: a full one holds it up
FIRST_FD = 200  # the runner's requests and replies live here, out of the way of student code
_CHUNK, _PIPE = 1 << 16, 1 << 20
_DONT_WAIT = socket.MSG_DONTWAIT
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
    """A process that runs checks: its id and a handle on it, the socket to talk with it, the pipe of its events."""

    pid: int
    handle: int
    talk: socket.socket
    events: int

    @property
    def alive(self) -> bool:
        """Whether it waits for a check; a timer that a check has left may have ended it."""
        return not select.select([self.handle], [], [], 0)[0]

    def ask(self, request: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        """Have it run a check.

        Returns:
            `events`, what it has sent; `status`: "done", "died", "timeout", "flood" or "garbled"; `error` in a line;
            `clean`, whether it says that it can run another.
        """
        watch = Stopwatch(limit_s, self.pid)
        with contextlib.suppress(OSError):
            send(self.talk.fileno(), request)
        return _told(*self._listen(watch, request.get("max_bytes", MAX_CHECK_BYTES)))

    def _listen(self, watch: Stopwatch, max_bytes: int) -> tuple[bytes, bytes, str]:
        """Wait for its last line or its end, or too late, or too much; who it left is not waited for."""
        parts: list[bytes] = []
        size = 0
        while True:
            ready, _, _ = select.select([self.talk.fileno(), self.handle], [], [], LOOK_EVERY_S)
            while part := _read_some(self.events):
                parts.append(part)
                size += len(part)
                if size > max_bytes:
                    return b"".join(parts), b"", "flood"
            if ready:
                return b"".join(parts), self._last_line(), "ended"
            if not watch.left_s():
                return b"".join(parts), b"", "timeout"

    def _last_line(self) -> bytes:
        with contextlib.suppress(BlockingIOError, ConnectionResetError):
            return self.talk.recv(_CHUNK, _DONT_WAIT)
        return b""

    def end(self) -> None:
        """Kill it, and what it has left in its group."""
        self.talk.close()
        os.close(self.events)
        os.close(self.handle)
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
        message, fds, _flags, _address = _recv_fds(self.talk, 32, 3)
        if len(fds) != 3:
            raise ChildProcessError("the process that keeps the names has ended")
        handle, talk, events = fds
        return Observer(int(message), handle, socket.socket(fileno=talk), events)


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
            events, to_events = _long_pipe()
            child = os.fork()
            if child == 0:
                talk.close()
                ours.close()
                os.close(events)
                _observe(answer, theirs.fileno(), to_events)
            theirs.close()
            os.close(to_events)
            handle = os.pidfd_open(child)
            _send_fds(talk, [b"%d" % child], [handle, ours.fileno(), events])
            ours.close()
            os.close(events)
            os.close(handle)
    finally:
        os._exit(0)


def _reap() -> None:
    """Wait for the observers that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _long_pipe() -> tuple[int, int]:
    """A pipe that holds more than most checks have to say; its reader does not wait."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with contextlib.suppress(OSError):  # a user's pipes may hold so much in all, then this one is short
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE)
    return reader, writer


def _observe(answer: Answer, talk: int, events: int) -> NoReturn:
    """An observer: wait for a check, run it, send its events, then the mark of a check that ran to its end."""
    code = 1
    try:
        os.setpgid(0, 0)
        unheard = Outputs()
        sys.stdout, sys.stderr = Stream("stdout", unheard), Stream("stderr", unheard)
        while (request := _loads(_line(talk) or b"null")) is not None:
            send(talk, {"clean": answer(request, lambda event: send(events, event))})
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


def _read_some(fd: int) -> bytes:
    """What is there to read; empty if nothing is, or at the end."""
    with contextlib.suppress(BlockingIOError):
        return os.read(fd, _CHUNK)
    return b""


def _told(sent: bytes, last: bytes, status: str) -> dict[str, Any]:
    """Turn what a check has sent into the fields of a reply; half a line at the end is dropped."""
    reply: dict[str, Any] = {"events": [], "status": status, "error": None, "clean": False}
    try:
        reply["events"] += map(_loads, sent.split(b"\n")[:-1])
        said = _loads(last or b"{}")
    except (ValueError, RecursionError):
        return {**reply, "status": "garbled", "error": "a check sent what is not JSON"}
    if status == "ended":
        done = type(said) is dict and "clean" in said
        reply |= {"status": "done", "clean": said["clean"] is True} if done else {"status": "died"}
        reply["error"] = said.get("error") if type(said) is dict else None
    return reply
