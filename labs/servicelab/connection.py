"""One client's connection: requests one after the other, each in the application under the same cancel scope.

Theory of operation
===================
1. Two tasks. `_read` reads the stream all the time and feeds the parser; the other awaits the application. So a client
   that goes away is noticed while its request runs, and pipelined requests wait their turn in the parser.
2. They meet in one `ParkingLot`: whoever changes something unparks everybody, whoever waits looks at the state again.
   All state is plain attributes, changed between checkpoints only.
3. There is one read-side time-out, the deadline of the scope around `_read`. It moves with the phase that the
   connection is in (`idle`, `head`, `body`, or `busy`, which has none), and is never prolonged within a phase: a client
   that sends a byte a second is as late as one that sends nothing.
4. The reader stops while too much is waiting for the application. What a client can make us keep is bounded by that,
   and the body's time-out stands still: it is not the client who is slow.
5. End of stream is ambiguous: a client that has closed its side may still read. So `http.disconnect` is delivered at
   once, and the request is cancelled `half_closed_s` later; after a reset it is cancelled at once.
6. Each request runs in a fresh copy of the connection's context: a context variable set by one is not seen by the next.
"""

from __future__ import annotations

import contextlib
import logging
import math
from contextvars import copy_context
from typing import TYPE_CHECKING

import trio

from .wire import CONTINUE, Parser, Request, Response, plain_response

if TYPE_CHECKING:
    from starlette.types import Message, Scope

    from .server import Server

READ_BYTES = 64 * 1024
WRITE_BYTES = 256 * 1024  # at a time: the time-out is for each piece, not for the whole of a large answer
PIPELINED = 8
LAST_LOOK_S = 0.05  # for a client whose connection was taken in while we stopped

_log = logging.getLogger("servicelab.server")


class Connection:
    """A stream, its parser, and the two tasks around them.

    Attributes:
        gone: the client has closed its side, or has been reset.
    """

    def __init__(self, server: Server, stream: trio.abc.Stream, client: tuple[str, int] | None) -> None:
        self._server, self._stream, self._limits = server, stream, server.limits
        self._client = client
        self._parser = Parser(server.limits)
        self._reading, self._answering = trio.CancelScope(), trio.CancelScope()
        self._changed = trio.lowlevel.ParkingLot()
        self._context = copy_context()
        self._current: Cycle | None = None
        self._phase: tuple[str, Request | None] = ("idle", None)
        self._reading.deadline = trio.current_time() + (LAST_LOOK_S if server.stopping else self._limits.header_s)
        self._reader_ended = False
        self.gone = False

    @property
    def under_way(self) -> bool:
        """Whether a request is being answered or waits to be."""
        return self._current is not None or bool(self._parser.requests)

    @property
    def idle(self) -> bool:
        """Whether it waits for a first byte, and may get one yet."""
        return self._phase[0] == "idle" and not self._reader_ended

    async def run(self) -> None:
        """Serve the client until either side has had enough; the stream is closed when this returns."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._read)
                await self._answer_all()
                nursery.cancel_scope.cancel()
            if not self.gone and (self._parser.refusal or self._newest_incomplete()):
                await self._linger()
            await self._stream.aclose()
        finally:
            await trio.aclose_forcefully(self._stream)

    def stop(self) -> None:
        """End once the requests that have arrived are answered. What lies in the socket now still counts."""
        if self.idle:
            self._reading.deadline = trio.current_time()

    # --- the reader ---
    async def _read(self) -> None:
        with self._reading:
            while await self._read_some():
                self._enter_phase()
        if self._reading.cancelled_caught:
            self._too_slow()
        self._reader_ended = True
        self._changed.unpark_all()

    async def _read_some(self) -> bool:
        await self._wait_for_room()
        try:
            data = await self._stream.receive_some(READ_BYTES)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._lose()
            return False
        if not data:
            self._drop_incomplete()
            self._lose(half=True)
            return False
        self._parser.feed(data)
        if self._parser.refusal is not None:
            self._abandon_newest()
        self._changed.unpark_all()
        return self._parser.refusal is None

    async def _wait_for_room(self) -> None:
        if self._has_room():
            return
        begun, deadline = trio.current_time(), self._reading.deadline
        self._reading.deadline = math.inf
        while not self._has_room():
            await self._changed.park()
        self._reading.deadline = deadline + trio.current_time() - begun

    def _has_room(self) -> bool:
        newest = self._parser.newest
        if newest is not None and not newest.complete and newest.buffered >= self._limits.read_ahead_bytes:
            return False
        return len(self._parser.requests) < PIPELINED

    def _newest_incomplete(self) -> bool:
        return self._parser.newest is not None and not self._parser.newest.complete

    def _enter_phase(self) -> None:
        """Give the reader the time that the connection's phase allows, counted from the phase's begin."""
        if self._newest_incomplete():
            name, seconds = "body", self._limits.body_s
        elif self._parser.in_head:
            name, seconds = "head", self._limits.header_s
        elif self.under_way:
            name, seconds = "busy", math.inf
        else:
            name, seconds = "idle", 0 if self._server.stopping else self._limits.idle_s
        phase = (name, self._parser.newest)
        if phase != self._phase:
            self._phase = phase
            self._reading.deadline = trio.current_time() + seconds
            self._server.notice()

    def _too_slow(self) -> None:
        if self._phase[0] in ("head", "body"):
            self._parser.refusal = 408
        self._abandon_newest()

    def _abandon_newest(self) -> None:
        """The newest request will never be whole: nobody is to wait for the rest of it."""
        self._drop_incomplete()
        if self._newest_incomplete() and self._current is not None and self._current.request is self._parser.newest:
            self._answering.cancel()

    def _drop_incomplete(self) -> None:
        """A request that is not whole and still waits for its turn will not be served."""
        if self._parser.requests and not self._parser.requests[-1].complete:
            self._parser.requests.pop()

    def _lose(self, *, half: bool = False) -> None:
        """Note that the client has gone, or may have."""
        self.gone = True
        if half:
            self._answering.deadline = trio.current_time() + self._limits.half_closed_s
        else:
            self._answering.cancel()
        self._changed.unpark_all()

    # --- the answers ---
    async def _answer_all(self) -> None:
        with self._answering:
            while (request := await self._next()) is not None:
                if not await self._answer(request):
                    return
        await self._refuse()

    async def _next(self) -> Request | None:
        """Wait for a request; None when there will be no other."""
        trio.lowlevel.current_task().context = self._context.copy()  # counts from the next checkpoint on
        if self._parser.requests:
            await trio.lowlevel.checkpoint()
        while not self._parser.requests:
            if self._reader_ended or self._parser.refusal is not None:
                return None
            await self._changed.park()
        return self._parser.requests.popleft()

    async def _answer(self, request: Request) -> bool:
        """Let the application answer; return whether another request may follow."""
        cycle = self._current = Cycle(self, request)
        with self._server.counted() as admitted:
            if not admitted:
                keep_alive = request.keep_alive and request.complete
                await self._tell(503, keep_alive=keep_alive)
            else:
                await self._run_app(cycle)
                keep_alive = cycle.response.ended and cycle.response.keep_alive
        self._current = None
        self._enter_phase()
        return keep_alive and not (self._server.stopping and not self._parser.requests)

    async def _run_app(self, cycle: Cycle) -> None:
        scope = self._scope(cycle.request)
        try:
            await self._server.app(scope, cycle.receive, cycle.send)
            if not cycle.response.ended and not self.gone:
                raise RuntimeError("the application returned without a whole answer")
        except Exception as error:
            if self.gone and not cycle.response.ended:  # most likely it is about the client who has left
                _log.debug("%s %s: after the client had gone: %r", scope["method"], scope["path"], error)
                return
            self._server.on_error(scope, error)
            if not cycle.response.started:
                await self._tell(500)

    def _scope(self, request: Request) -> Scope:
        scope = request.scope()
        scope["client"], scope["server"] = self._client, self._server.address
        scope["state"] = self._server.state.copy()
        return scope

    async def _refuse(self) -> None:
        """Tell a client why its request was not accepted, unless an answer to it has begun."""
        begun = self._current is not None and self._current.response.started
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
        for start in range(0, len(data), WRITE_BYTES):
            await self._write_piece(data if len(data) <= WRITE_BYTES else data[start : start + WRITE_BYTES])

    async def _write_piece(self, data: bytes) -> None:
        with trio.move_on_after(self._limits.write_s) as patience:
            try:
                await self._stream.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self._lose()
                raise OSError("the client has gone") from None
        if patience.cancelled_caught:
            self._lose()
            raise OSError(f"the client did not read for {self._limits.write_s} s")

    async def wait_for(self, request: Request) -> None:
        """Wait until a part of the body is there, or none will be."""
        while not (request.chunks or request.complete or self.gone):
            await self._changed.park()

    def make_room(self) -> None:
        """Let the reader go on: a part of the body has been taken."""
        self._changed.unpark_all()

    async def wait_gone(self) -> None:
        """Wait until the client has closed its side."""
        while not self.gone:
            await self._changed.park()

    @property
    def closing(self) -> bool:
        """Whether the answer in hand is to be the last."""
        return self._server.stopping and not self._parser.requests

    async def _linger(self) -> None:
        with trio.move_on_after(self._limits.linger_s):
            try:
                if isinstance(self._stream, trio.abc.HalfCloseableStream):
                    await self._stream.send_eof()
                while await self._stream.receive_some(READ_BYTES):
                    pass
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass


class Cycle:
    """One request and its answer: the `receive` and `send` that the application gets."""

    def __init__(self, connection: Connection, request: Request) -> None:
        self._connection = connection
        self.request = request
        self.response = Response(request)
        self._body_received = False

    async def receive(self) -> Message:
        """The next part of the body; then `http.disconnect`, as soon as the client has gone or has its answer."""
        request, connection = self.request, self._connection
        if self._body_received:
            if not self.response.ended:
                await connection.wait_gone()
            return {"type": "http.disconnect"}
        if request.expects_continue and not request.size and not self.response.started and not request.complete:
            request.expects_continue = False
            await connection.write(CONTINUE)
        await connection.wait_for(request)
        if not request.chunks and not request.complete:
            return {"type": "http.disconnect"}
        self._body_received = request.complete
        body = request.take()
        connection.make_room()
        return {"type": "http.request", "body": body, "more_body": not request.complete}

    async def send(self, message: Message) -> None:
        """Send a part of the answer.

        Raises:
            OSError: if the client has gone.
            RuntimeError: if it is not what may come next.
        """
        data = self.response.encode(message, close=self._connection.closing)
        if data:
            await self._connection.write(data)
        elif self.response.started:
            await trio.lowlevel.checkpoint()
