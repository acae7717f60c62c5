"""An HTTP/1.1 server for ASGI applications on trio, small enough to be read in an hour.

Theory of operation
===================
Read `wire` and `answer` first (bytes), then `sockets` (who is told when), then `connection` (one client), then this:
many clients, start and stop.

1. `serve` is a task. It listens, runs the application's start-up, reports started, and accepts connections, each a task
   in one nursery. It returns when it has been told to stop accepting, all connections have ended, and the application's
   shutdown is done. An error of the start-up is raised from `nursery.start`; nothing is accepted before it is over.
2. Stopping is in steps, each for the caller to take and to bound: `stop_accepting`, then `await drained()`, then
   leave `serve` to end by itself or `cancel_requests`. Nothing in here waits for a grace of its own.
3. `stop_accepting` first takes in what the kernel has already accepted in our name: those clients are connected, and
   may have sent their request. Idle connections get one last look at their socket in the same way.
4. Everything is bounded (`Limits`). Too many connections: 503 and closed. Too many requests in the application: 503 on
   a connection that can go on.
5. An application whose lifespan fails after start-up has lost what it stands on: nothing more is accepted, what is
   under way is finished, and `serve` raises the error. An application that knows no lifespan is served without.
6. One task per connection, and two for all sockets together (`sockets`): that is what makes it fast. A request that is
   answered without waiting costs one step of one task.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from typing import TYPE_CHECKING, Any

import trio

from .answer import plain_response
from .connection import Connection
from .limits import Limits, Statistics
from .sockets import READ_BYTES, Sockets

if TYPE_CHECKING:
    from collections.abc import Callable

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
        sockets: looks after those of all clients.
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
        self.sockets = Sockets()
        self._listener: socket.socket | None = None
        self._accepting = trio.CancelScope()
        self._nursery: trio.Nursery | None = None
        self._connections: set[Connection] = set()
        self._requests = self._answered = self._refused = self._refusing = 0
        self._draining = 0  # tasks in `drained`
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
        async with trio.open_nursery() as around:
            around.start_soon(self.sockets.run)
            async with trio.open_nursery() as self._nursery:
                task_status.started(self.port)
                with self._accepting:
                    await self._accept_from(self._listener, self._nursery)
            around.cancel_scope.cancel()

    async def _accept_from(self, listener: socket.socket, nursery: trio.Nursery) -> None:
        while not self.stopping:
            await trio.lowlevel.wait_readable(listener)
            try:
                self._take_in(listener, nursery)
            except OSError as error:  # no free file descriptors: some will be free later
                _log.error("cannot accept: %s", error)
                await trio.sleep(ACCEPT_PAUSE_S)

    def _take_in(self, listener: socket.socket, nursery: trio.Nursery) -> None:
        """Accept whoever is there."""
        with contextlib.suppress(BlockingIOError):
            while True:
                client, _ = listener.accept()
                client.setblocking(False)
                if client.family != socket.AF_UNIX:
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                nursery.start_soon(self.handle, client)

    async def handle(self, client: socket.socket) -> None:
        """Serve one client.

        Args:
            client: a connected socket that does not block; closed when this returns.
        """
        if len(self._connections) >= self.limits.connections:
            await self._turn_away(client)
            return
        connection = Connection(self, client)
        self._connections.add(connection)
        try:
            await connection.run()
        except Exception:  # a bug of ours must cost one client, not all
            _log.exception("a connection failed")
        finally:
            self._connections.discard(connection)
            self._changed.unpark_all()

    async def _turn_away(self, client: socket.socket) -> None:
        self._refused += 1
        self._refusing += 1
        try:
            if self._refusing <= ANSWERED_REFUSALS:
                with trio.move_on_after(self.limits.linger_s), contextlib.suppress(OSError):
                    client.send(plain_response(503))
                    await trio.lowlevel.wait_readable(client)  # closed with its request unread, the answer would be
                    client.recv(READ_BYTES)  # destroyed
        finally:
            self._refusing -= 1
            client.close()

    def admit(self) -> bool:
        """Count a request in, if there is room for it in the application; who is in calls `leave` at the end."""
        if self._requests >= self.limits.requests:
            self._refused += 1
            return False
        self._requests += 1
        return True

    def leave(self) -> None:
        """Count a request out."""
        self._requests -= 1
        self._answered += 1
        if self._draining:
            self._changed.unpark_all()

    def stop_accepting(self) -> None:
        """Take no new connections and close the idle ones; requests under way are finished, then their connections."""
        if self.stopping:
            return
        self.stopping = True
        self._accepting.cancel()
        if self._listener is not None:
            if self._nursery is not None:
                with contextlib.suppress(OSError):
                    self._take_in(self._listener, self._nursery)
            self._listener.close()
        for connection in self._connections:
            connection.stop()
        self._changed.unpark_all()

    def cancel_requests(self) -> None:
        """Cancel what is still under way, for a stop whose time is over; the application's shutdown follows."""
        self.stop_accepting()
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel()

    async def drained(self) -> None:
        """Wait until no request is in flight; after `stop_accepting` that is for good. Bound the wait from outside."""
        await trio.lowlevel.checkpoint()
        self._draining += 1
        try:
            while any(each.under_way or (self.stopping and each.idle) for each in self._connections):
                await self._changed.park()
        finally:
            self._draining -= 1

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
