"""One client's connection: requests one after the other, each in the application under the same cancel scope.

Theory of operation
===================
1. One task. It takes the next request, awaits the application in itself, and waits again. A cancel scope for each
   request would cost half as much as all the rest of it, a nursery even more.
2. `read` is called by `Sockets` when something has arrived, in between: it feeds the parser and wakes who waits. So a
   client that goes away is noticed while its request runs, and pipelined requests wait their turn in the parser. All
   state is plain attributes, changed between checkpoints only; whoever is woken looks at the state again.
3. There is one time-out, `due`. It moves with the phase that the connection is in (`idle`, `head`, `body`, or `busy`,
   which has none), and is never prolonged within a phase: a client that sends a byte a second is as late as one that
   sends nothing.
4. We stop reading while too much is waiting for the application. What a client can make us keep is bounded by that,
   and the body's time-out stands still: it is not the client who is slow.
5. End of stream is ambiguous: a client that has closed its side may still read. So `http.disconnect` is delivered at
   once, and the request is cancelled `half_closed_s` later; after a reset it is cancelled at once.
6. Writing is one `send`, without a checkpoint when the kernel takes it all. An answer in pieces has a checkpoint for
   each: an endless one must let others run, and hear that it is cancelled.
7. Each request runs in a fresh copy of the connection's context: a context variable set by one is not seen by the next.
"""

from __future__ import annotations

import contextlib
import logging
import math
import socket
from contextvars import copy_context
from typing import TYPE_CHECKING

import outcome
import trio

from .answer import Response, plain_response
from .cycle import Cycle
from .wire import Parser, Request

if TYPE_CHECKING:
    from starlette.types import Scope

    from .server import Server

WRITE_BYTES = 256 * 1024  # at a time: the time-out is for each piece, not for the whole of a large answer
PIPELINED = 8
LAST_LOOK_S = 0.05  # for a client whose connection was taken in while we stopped

_log = logging.getLogger("servicelab.server")


class _Look(outcome.Outcome[None]):
    """What a task is woken with that is only to look again; not a new `Value` each time, which costs 0.7 us."""

    def unwrap(self) -> None:
        """Nothing: all there is to know is in the connection's state."""

    send = asend = unwrap  # type: ignore[assignment]  # not asked for by trio


_LOOK = _Look()


class Connection:
    """A socket, its parser, and the task that answers.

    Attributes:
        due: when the client will have been too slow.
        gone: the client has closed its side, or has been reset.
    """

    def __init__(self, server: Server, client: socket.socket) -> None:
        self._server, self._socket, self._limits = server, client, server.limits
        self._peer = _peer(client)
        self._parser = Parser(server.limits)
        self._answering = trio.CancelScope()
        self._own_task = trio.lowlevel.current_task()
        self._now = trio.lowlevel.current_clock().current_time  # `trio.current_time` looks for the clock each time
        self._task: trio.lowlevel.Task | None = None  # the same, while it waits for a request
        self._news = trio.lowlevel.ParkingLot()  # of the body, or the end; where the application waits
        self._context = copy_context()
        self._current: Cycle | None = None
        self._phase, self._phase_of = "idle", self._parser.newest
        self._watched = self._reader_ended = self._writing = False
        self._left_s: float | None = None  # of the time-out, while it stands still
        self.due = trio.current_time() + (LAST_LOOK_S if server.stopping else self._limits.header_s)
        self.gone = False

    @property
    def under_way(self) -> bool:
        """Whether a request is being answered or waits to be."""
        return self._current is not None or bool(self._parser.requests)

    @property
    def idle(self) -> bool:
        """Whether it waits for a first byte, and may get one yet."""
        return self._phase == "idle" and not self._reader_ended

    async def run(self) -> None:
        """Serve the client until either side has had enough; the socket is closed when this returns."""
        try:
            self._watch(True)
            self._server.sockets.add(self)
            await self._answer_all()
            self._end_reading()
            if not self.gone and (self._parser.refusal or self._newest_incomplete()):
                await self._linger()
        finally:
            self._watch(False)
            self._server.sockets.discard(self)
            self._socket.close()

    def stop(self) -> None:
        """End once the requests that have arrived are answered. What lies in the socket now still counts."""
        if self.idle:
            self.read()
        if self.idle:
            self._end_reading()

    # --- what arrives ---
    def read(self) -> None:
        """Take in what has arrived, and wake who waits for it."""
        buffer = self._server.sockets.buffer
        try:
            size = self._socket.recv_into(buffer)
        except BlockingIOError:
            return
        except OSError:
            self.lose()
            return
        if not size:
            self._half_close()
            return
        parser = self._parser
        parser.feed(buffer[:size])
        if parser.refusal is not None:
            self._abandon_newest()
            self._end_reading()
        self._enter_phase()
        if not self._has_room():
            self._hold()
        self._wake()

    def _wake(self) -> None:
        """Let those look again who wait."""
        if self._task is None:
            self._news.unpark_all()
        elif self._parser.requests or self._reader_ended:
            task, self._task = self._task, None
            trio.lowlevel.reschedule(task, _LOOK)

    def _watch(self, watched: bool) -> None:
        if watched != self._watched:
            self._watched = watched
            if watched:
                self._server.sockets.watch(self._socket, self)
            else:
                self._server.sockets.unwatch(self._socket)

    def _end_reading(self) -> None:
        """Take nothing more in; what has arrived is still answered."""
        self._reader_ended, self.due = True, math.inf
        self._watch(False)
        self._wake()

    def _has_room(self) -> bool:
        newest = self._parser.newest
        if newest is not None and not newest.complete and newest.buffered >= self._limits.read_ahead_bytes:
            return False
        return len(self._parser.requests) < PIPELINED

    def _hold(self) -> None:
        """Read no further, and let the client's time stand still."""
        if not self._reader_ended:
            self._left_s, self.due = self.due - trio.current_time(), math.inf
            self._watch(False)

    def make_room(self) -> None:
        """Read on, if that was put off: something has been taken."""
        if self._left_s is not None and self._has_room():
            due, self._left_s = trio.current_time() + self._left_s, None
            if not self._reader_ended:
                self._server.sockets.set_due(self, due)
                self._watch(True)

    def _newest_incomplete(self) -> bool:
        return self._parser.newest is not None and not self._parser.newest.complete

    def _enter_phase(self) -> None:
        """Give the client the time that the connection's phase allows, counted from the phase's begin."""
        parser = self._parser
        newest = parser.newest
        if newest is not None and not newest.complete:
            phase, seconds = "body", self._limits.body_s
        elif parser.in_head:
            phase, seconds = "head", self._limits.header_s
        elif parser.requests or self._current is not None:
            self._phase, self.due = "busy", math.inf
            return
        else:
            phase, seconds = "idle", self._limits.idle_s
        if phase is self._phase and newest is self._phase_of:
            return
        self._phase, self._phase_of = phase, newest
        if not self._reader_ended:
            self._server.sockets.set_due(self, self._now() + seconds)
        if self._server.stopping:
            self._server.notice()

    def too_slow(self) -> None:
        """The time of the phase is over."""
        if self._phase in ("head", "body"):
            self._parser.refusal = 408
        self._abandon_newest()
        self._end_reading()

    def _abandon_newest(self) -> None:
        """The newest request will never be whole: nobody is to wait for the rest of it."""
        self._drop_incomplete()
        if self._newest_incomplete() and self._current is not None and self._current.request is self._parser.newest:
            self._answering.cancel()

    def _drop_incomplete(self) -> None:
        """A request that is not whole and still waits for its turn will not be served."""
        if self._parser.requests and not self._parser.requests[-1].complete:
            self._parser.requests.pop()

    def _half_close(self) -> None:
        """The client will send nothing more: it may have gone, or be waiting for its answer."""
        self._drop_incomplete()
        self._answering.deadline = trio.current_time() + self._limits.half_closed_s
        self._client_gone()

    def lose(self) -> None:
        """The client has gone: what is under way is cancelled."""
        self._answering.cancel()
        self._client_gone()

    def _client_gone(self) -> None:
        self.gone = True
        self._end_reading()
        self._server.notice()

    # --- the answers ---
    async def _answer_all(self) -> None:
        task, requests = self._own_task, self._parser.requests
        with self._answering:
            while True:
                task.context = self._context.copy()  # counts from the next checkpoint on
                if requests or self._reader_ended:
                    await trio.lowlevel.checkpoint()
                else:
                    self._task = task
                    await trio.lowlevel.wait_task_rescheduled(self._cancelled)
                if not requests:
                    break
                if not await self._answer(requests.popleft()):
                    return
        await self._refuse()

    def _cancelled(self, _: object) -> trio.lowlevel.Abort:
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED

    async def _answer(self, request: Request) -> bool:
        """Let the application answer; return whether another request may follow."""
        if self._left_s is not None:
            self.make_room()
        cycle, server = Cycle(request), self._server
        self._current, cycle.connection = cycle, self
        if not server.admit():
            return await self._turn_away(request)
        scope = request.scope(self._peer, server.address, server.state.copy())
        try:
            await server.app(scope, cycle.receive, cycle.send)
            if not cycle.ended and not self.gone:
                raise RuntimeError("the application returned without a whole answer")
        except Exception as error:
            await self._failed(scope, cycle, error)
        finally:
            server.leave()
        self._current = None
        self._enter_phase()
        return cycle.ended and cycle.keep_alive and not self.closing()

    async def _turn_away(self, request: Request) -> bool:
        keep_alive = request.keep_alive and request.complete
        await self._tell(503, keep_alive=keep_alive)
        self._current = None
        self._enter_phase()
        return keep_alive and not self.closing()

    async def _failed(self, scope: Scope, response: Response, error: Exception) -> None:
        if self.gone and not response.ended:  # most likely it is about the client who has left
            _log.debug("%s %s: after the client had gone: %r", scope["method"], scope["path"], error)
            return
        self._server.on_error(scope, error)
        if not response.started:
            await self._tell(500)

    async def _refuse(self) -> None:
        """Tell a client why its request was not accepted, unless an answer to it has begun."""
        begun = self._current is not None and self._current.started
        self._current = None
        if self._parser.refusal is not None and not begun:
            await self._tell(self._parser.refusal)

    async def _tell(self, status: int, *, keep_alive: bool = False) -> None:
        """Answer in the application's place, if there is still somebody to hear it."""
        if not self.gone:
            with contextlib.suppress(OSError):
                await self.write(plain_response(status, keep_alive=keep_alive))

    async def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            OSError: if the client has gone, or takes them too slowly.
        """
        if (sent := self.write_nowait(data)) < len(data):
            await self.write_rest(memoryview(data)[sent:])

    def write_nowait(self, data: bytes | memoryview, *, turn: bool = False) -> int:
        """Hand as much as fits to the kernel; return how much that was: nothing while another task writes.

        Args:
            data: what to send.
            turn: whether it is the caller who writes.

        Raises:
            OSError: if the client has gone.
        """
        if self._writing and not turn:
            return 0
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.lose()
            raise OSError("the client has gone") from None

    async def write_rest(self, data: memoryview) -> None:
        """Send what `write_nowait` has left.

        Raises:
            OSError: if the client has gone, or takes it too slowly.
        """
        if self._writing:
            raise trio.BusyResourceError("another task is sending an answer on this connection")
        self._writing = True
        try:
            for start in range(0, len(data), WRITE_BYTES):
                with trio.move_on_after(self._limits.write_s) as patience:
                    await self._write_piece(data[start : start + WRITE_BYTES])
                if patience.cancelled_caught:
                    self.lose()
                    raise OSError(f"the client did not read for {self._limits.write_s} s")
        finally:
            self._writing = False

    async def _write_piece(self, data: memoryview) -> None:
        while data:
            await trio.lowlevel.wait_writable(self._socket)
            data = data[self.write_nowait(data, turn=True) :]

    async def wait_for(self, request: Request) -> None:
        """Wait until a part of the body is there, or none will be."""
        while not (request.chunks or request.complete or self.gone):
            await self._news.park()

    async def wait_gone(self) -> None:
        """Wait until the client has closed its side."""
        while not self.gone:
            await self._news.park()

    def closing(self) -> bool:
        """Whether the answer in hand is to be the last."""
        return self._server.stopping and not self._parser.requests

    async def _linger(self) -> None:
        """Read on, unheard: closed with bytes unread, the refusal would be destroyed on its way."""
        with trio.move_on_after(self._limits.linger_s), contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            while True:
                await trio.lowlevel.wait_readable(self._socket)
                if not self._socket.recv_into(self._server.sockets.buffer):
                    return


def _peer(client: socket.socket) -> tuple[str, int] | None:
    try:
        address = client.getpeername()
    except OSError:  # gone before we looked
        return None
    return address[:2] if isinstance(address, tuple) else None
