"""An HTTP/1.1 server for ASGI applications on trio, small enough to be read in an hour.

Theory of operation
===================
Read `wire` first (bytes and requests), then `connection` (one client), then this: many clients, start and stop.

1. `serve` is a task. It listens, runs the application's start-up, reports started, and accepts connections, each a task
   in one nursery. It returns when it has been told to stop accepting, all connections have ended, and the application's
   shutdown is done. An error of the start-up is raised from `nursery.start`; nothing is accepted before it is over.
2. Stopping is in steps, each for the caller to take and to bound: `stop_accepting`, then `await drained()`, then
   leave `serve` to end by itself or `cancel_requests`. Nothing in here waits for a grace of its own.
3. `stop_accepting` first takes in what the kernel has already accepted in our name: those clients are connected, and
   may have sent their request. Idle connections get one last look at their socket in the same way: trio handles
   what has arrived before it handles a deadline of the same moment.
4. Everything is bounded (`Limits`). Too many connections: 503 and closed. Too many requests in the application: 503 on
   a connection that can go on.
5. An application whose lifespan fails after start-up has lost what it stands on: nothing more is accepted, what is
   under way is finished, and `serve` raises the error. An application that knows no lifespan is served without.
6. Where the time goes: two tasks step per request, and trio registers each wait with epoll anew. The dearest parts can
   be replaced below `Connection` without a change above it; plain streams are what keeps this readable, and testable in
   memory and in virtual time.
"""

from __future__ import annotations

import logging
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import trio

from .connection import Connection
from .limits import Limits, Statistics
from .wire import plain_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Message, Scope

__all__ = ["Limits", "Server", "StartupFailed", "Statistics", "listening"]

BACKLOG = 2048
ANSWERED_REFUSALS = 100
ACCEPT_PAUSE_S = 0.1

_log = logging.getLogger("servicelab.server")


class StartupFailed(Exception):  # noqa: N818  # says what happened, as PoolClosed does
    """Raised when the application reports that it cannot start; the message is the application's."""


class Server:
    """Serves one application; `await nursery.start(server.serve, host, port)`.

    Attributes:
        app: the application.
        limits: what clients may use.
        on_error: told of each exception that leaves the application, with the scope of its request.
        port: where it listens; the real one when 0 was asked for, 0 before it listens.
        address: host and port, as the application sees them.
        state: what the application's lifespan leaves for its requests.
        stopping: whether `stop_accepting` has been called.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Limits = Limits(),  # noqa: B008  # frozen
        on_error: Callable[[Scope, Exception], object] | None = None,
    ) -> None:
        self.app, self.limits = app, limits
        self.on_error = on_error or _log_error
        self.port = 0
        self.address: tuple[str, int] | None = None
        self.state: dict[str, Any] = {}
        self.stopping = False
        self._listener: socket.socket | None = None
        self._accepting = trio.CancelScope()
        self._nursery: trio.Nursery | None = None
        self._connections: set[Connection] = set()
        self._requests = self._answered = self._refused = self._refusing = 0
        self._changed = trio.lowlevel.ParkingLot()

    async def serve(
        self,
        host: str,
        port: int,
        *,
        listener: socket.socket | None = None,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Listen, start the application up, accept until stopped, shut the application down.

        Args:
            host: the address to listen on.
            port: the port to listen on; 0 picks a free one.
            listener: a socket that listens already, in their place.
            task_status: is told the port once requests are answered.

        Raises:
            OSError: if nobody can listen there.
            StartupFailed: if the application says that it cannot start.
        """
        self._listener = listener or listening(host, port)
        self.address = self._listener.getsockname()[:2]
        self.port = self._listener.getsockname()[1]
        lifespan = _Lifespan(self)
        try:
            async with trio.open_nursery() as nursery:
                await nursery.start(lifespan.run)
                if lifespan.error is None:
                    await self._accept(task_status)
                lifespan.stopping.set()
        finally:
            self._listener.close()
        if lifespan.error is not None:
            raise lifespan.error

    async def _accept(self, task_status: trio.TaskStatus[int]) -> None:
        assert self._listener is not None
        listener = trio.SocketListener(trio.socket.from_stdlib_socket(self._listener))
        async with trio.open_nursery() as self._nursery:
            task_status.started(self.port)
            with self._accepting:
                await self._accept_from(listener, self._nursery)

    async def _accept_from(self, listener: trio.SocketListener, nursery: trio.Nursery) -> None:
        while not self.stopping:
            try:
                stream = await listener.accept()
            except trio.ClosedResourceError:  # stopped, in the very step in which a client arrived
                return
            except OSError as error:  # no free file descriptors: some will be free later
                _log.error("cannot accept: %s", error)
                await trio.sleep(ACCEPT_PAUSE_S)
            else:
                nursery.start_soon(self.handle, stream)

    async def handle(self, stream: trio.abc.Stream) -> None:
        """Serve one client, on any stream of trio's.

        Args:
            stream: closed when this returns.
        """
        if len(self._connections) >= self.limits.connections:
            await self._turn_away(stream)
            return
        connection = Connection(self, stream, _peer(stream))
        self._connections.add(connection)
        try:
            await connection.run()
        except Exception:  # a bug of ours must cost one client, not all
            _log.exception("a connection failed")
        finally:
            self._connections.discard(connection)
            self._changed.unpark_all()

    async def _turn_away(self, stream: trio.abc.Stream) -> None:
        self._refused += 1
        self._refusing += 1
        try:
            if self._refusing <= ANSWERED_REFUSALS:
                with trio.move_on_after(self.limits.linger_s):
                    await stream.send_all(plain_response(503))
                    await stream.receive_some(1)  # closed with its request unread, the answer would be destroyed
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        finally:
            self._refusing -= 1
            await trio.aclose_forcefully(stream)

    @contextmanager
    def counted(self) -> Iterator[bool]:
        """Count a request while it is in the application; say whether there is room for it."""
        if self._requests >= self.limits.requests:
            self._refused += 1
            yield False
            return
        self._requests += 1
        try:
            yield True
        finally:
            self._requests -= 1
            self._answered += 1

    def stop_accepting(self) -> None:
        """Take no new connections and close the idle ones; requests under way are finished, then their connections."""
        if self.stopping:
            return
        self.stopping = True
        self._accepting.cancel()
        if self._listener is not None:
            self._take_in_backlog(self._listener)
            self._listener.close()
        for connection in self._connections:
            connection.stop()
        self._changed.unpark_all()

    def _take_in_backlog(self, listener: socket.socket) -> None:
        while self._nursery is not None:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.setblocking(False)
            self._nursery.start_soon(self.handle, trio.SocketStream(trio.socket.from_stdlib_socket(client)))

    def cancel_requests(self) -> None:
        """Cancel what is still under way, for a stop whose time is over; the application's shutdown follows."""
        self.stop_accepting()
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel()

    async def drained(self) -> None:
        """Wait until no request is in flight; after `stop_accepting` that is for good. Bound the wait from outside."""
        await trio.lowlevel.checkpoint()
        while any(each.under_way or (self.stopping and each.idle) for each in self._connections):
            await self._changed.park()

    def notice(self) -> None:
        """Called by a connection that has begun or ended something: `drained` looks again."""
        self._changed.unpark_all()

    def statistics(self) -> Statistics:
        """Return how much is going on."""
        return Statistics(len(self._connections), self._requests, self._answered, self._refused)


class _Lifespan:
    """The application's start-up and shutdown, in one task from the first to the last."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._begun = self._started = False
        self._task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
        self.stopping = trio.Event()
        self.error: Exception | None = None

    async def run(self, task_status: trio.TaskStatus[None]) -> None:
        self._task_status = task_status
        asgi = {"version": "3.0", "spec_version": "2.0"}
        try:
            await self._server.app(
                {"type": "lifespan", "asgi": asgi, "state": self._server.state}, self._receive, self._send
            )
        except Exception as error:
            if self._started:
                self.error = error
                self._server.stop_accepting()
            elif self.error is None:
                _log.debug("no lifespan: the application raised %r", error)
        self._report_started()

    async def _receive(self) -> Message:
        if not self._begun:
            self._begun = True
            return {"type": "lifespan.startup"}
        await self.stopping.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        await trio.lowlevel.checkpoint()
        if message["type"] == "lifespan.startup.complete":
            self._started = True
            self._report_started()
        elif message["type"] == "lifespan.startup.failed":
            self.error = StartupFailed(message.get("message", "") or "no reason given")
        elif message["type"] == "lifespan.shutdown.failed":
            self.error = RuntimeError(message.get("message", "") or "the application's shutdown failed")

    def _report_started(self) -> None:
        task_status, self._task_status = self._task_status, trio.TASK_STATUS_IGNORED
        task_status.started()


def _log_error(scope: Scope, error: Exception) -> None:
    _log.error("%s %s failed", scope["method"], scope["path"], exc_info=error)


def listening(host: str, port: int) -> socket.socket:
    """Open a socket that listens.

    Args:
        host: an address of this machine.
        port: 0 picks a free one.

    Raises:
        OSError: if the port is taken or not allowed, or the address not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    listener.setblocking(False)
    return listener


def _peer(stream: trio.abc.Stream) -> tuple[str, int] | None:
    if not isinstance(stream, trio.SocketStream):
        return None
    try:
        host, port = stream.socket.getpeername()[:2]
    except OSError:  # gone before we looked
        return None
    return host, port
