"""An application in one process or in several, until a signal; what has died is started anew.

Theory of operation
===================
1. One process uses one core. Several share a port: each has a listening socket of its own (`SO_REUSEPORT`), and the
   kernel gives each new connection to one of them. The supervisor binds such a socket as well and never listens: it
   holds the port while a worker is started anew, and knows its number when 0 was asked for.
2. The supervisor forks, waits, and runs nothing of the application. It has no threads and no event loop that a fork
   would have to carry over.
3. SIGTERM or SIGINT is passed on. A worker drains: it takes no new connections, finishes what is under way for `grace`
   seconds, then runs the application's shutdown. Who has not ended a moment after that is killed; a second signal
   kills at once.
4. A worker that ends without being told to is started anew, after a pause that doubles while they go on ending. If
   one ends before any has ever been ready, nothing will be better the next time: that is the supervisor's end too, with
   the worker's exit code.
5. A worker whose supervisor has vanished gets SIGTERM from the kernel, where the kernel knows how.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, NoReturn

import trio

from .server import BACKLOG, Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from .limits import Limits

PAUSE_S = (0.1, 5.0)
SETTLED_S = 1.0
KILL_AFTER_S = 2.0  # after the grace: for the application's shutdown
_PR_SET_PDEATHSIG = 1
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_log = logging.getLogger("servicelab.workers")


def shared(host: str, port: int) -> socket.socket:
    """Bind a socket to an address that several processes may have; it does not listen yet.

    Args:
        host: an address of this machine.
        port: 0 picks a free one.

    Raises:
        OSError: if the port is taken by somebody who does not share, or not allowed.
    """
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


async def serve_until_signal(
    app: ASGIApp,
    listener: socket.socket,
    *,
    limits: Limits,
    grace: float,
    ready: Callable[[], object] = lambda: None,
) -> None:
    """Serve an application until SIGTERM or SIGINT, then drain.

    Args:
        app: an ASGI application.
        listener: a socket that listens.
        limits: what clients may use.
        grace: seconds for what is under way; a second signal ends them.
        ready: called when requests are answered.

    Raises:
        StartupFailed: if the application says that it cannot start.
    """
    server = Server(app, limits=limits)
    with trio.open_signal_receiver(*_SIGNALS) as signals:
        async with trio.open_nursery() as nursery:
            await nursery.start(lambda task_status: server.serve("", 0, listener=listener, task_status=task_status))
            gc.collect()
            gc.freeze()  # what the start-up has made stays: no collection need look at it again
            ready()
            await anext(signals)
            server.stop_accepting()
            with trio.move_on_after(grace) as patience:
                nursery.start_soon(_cancel_at_second, signals, patience)
                await server.drained()
            server.cancel_requests()
            nursery.cancel_scope.deadline = trio.current_time() + KILL_AFTER_S


async def _cancel_at_second(signals: object, patience: trio.CancelScope) -> None:
    await anext(signals)  # type: ignore[call-overload]
    patience.cancel()


class Supervisor:
    """Keeps `count` processes alive, each running `work`; `run` returns when a signal has ended them.

    Args:
        work: what a worker does until SIGTERM. It calls its argument when it is ready, and returns the exit code.
        count: how many.
        grace: seconds that a worker may take to drain.
    """

    def __init__(self, work: Callable[[Callable[[], object]], int], *, count: int, grace: float) -> None:
        self._work, self._count, self._grace = work, count, grace
        self._numbers: dict[int, tuple[int, float]] = {}  # process id -> the worker's number, when it was started
        self._stopping = 0
        self._reads, self._writes = os.pipe()  # a byte from each worker that is ready
        os.set_blocking(self._reads, False)
        self._ever_ready = False
        self._pause = PAUSE_S[0]

    def run(self) -> int:
        """Start the workers, keep them alive, and stop them at a signal.

        Returns:
            0 after a signal; a worker's exit code if none has ever been ready.
        """
        before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        try:
            for number in range(self._count):
                self._start(number)
            return self._watch()
        finally:
            signal.alarm(0)
            self._signal(signal.SIGKILL)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(self._reads)
            os.close(self._writes)

    def _start(self, number: int) -> None:
        supervisor = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # else one could pass by a worker that is not noted yet
        if not self._stopping:
            pid = os.fork()
            if not pid:
                self._be_worker(number, supervisor)
            self._numbers[pid] = number, time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def _be_worker(self, number: int, supervisor: int) -> NoReturn:
        code = 70
        try:
            os.setpgid(0, 0)  # Ctrl+C is for the supervisor, which passes it on
            for each in _SIGNALS:
                signal.signal(each, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            _end_with(supervisor)
            code = self._work(lambda: os.write(self._writes, b"."))
        except BaseException:  # this process is the worker's: nothing of the supervisor may run on in it
            _log.exception("worker %d failed", number)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _watch(self) -> int:
        while self._numbers:
            pid, status = os.wait()
            number, started = self._numbers.pop(pid)
            if self._stopping:
                continue
            code = os.waitstatus_to_exitcode(status)
            lived = time.monotonic() - started
            if not self._was_ready():
                return code
            self._pause = PAUSE_S[0] if lived > SETTLED_S else min(2 * self._pause, PAUSE_S[1])
            _log.error("worker %d ended with %d: started anew in %s s", number, code, self._pause)
            time.sleep(self._pause)
            self._start(number)
        return 0

    def _was_ready(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            self._ever_ready |= bool(os.read(self._reads, 4096))
        return self._ever_ready

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping += 1
        self._signal(signal.SIGTERM if self._stopping == 1 else signal.SIGKILL)
        signal.signal(signal.SIGALRM, lambda *_: self._signal(signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, self._grace + 2 * KILL_AFTER_S)

    def _signal(self, number: int) -> None:
        for pid in list(self._numbers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def _end_with(supervisor: int) -> None:
    """Ask the kernel for SIGTERM when the supervisor ends, however it does."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != supervisor:
        os._exit(70)


def serve_in_workers(
    make_app: Callable[[], ASGIApp], sock: socket.socket, *, count: int, limits: Limits, grace: float = 5.0
) -> int:
    """Serve an application in several processes until a signal.

    Args:
        make_app: called in each worker.
        sock: from `shared`; it says where.
        count: how many processes.
        limits: what clients of one process may use.
        grace: seconds to drain.

    Returns:
        The exit code.
    """
    host, port = sock.getsockname()[:2]

    def work(ready: Callable[[], object]) -> int:
        listener = shared(host, port)
        listener.listen(BACKLOG)
        trio.run(lambda: serve_until_signal(make_app(), listener, limits=limits, grace=grace, ready=ready))
        return 0

    return Supervisor(work, count=count, grace=grace).run()
