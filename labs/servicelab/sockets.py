"""The sockets of all clients behind one task, and their time-outs behind another.

Theory of operation
===================
1. Trio registers each wait for a socket with the kernel anew, and that costs as much as parsing a request. Here every
   socket is registered once, with one selector. The selector is a descriptor itself, readable while any of its sockets
   is. So one task waits for that one, and whatever has arrived for a hundred clients by then costs one wait. The
   selector is a bare `epoll` where there is one: `selectors` adds 0.3 us to each request.
2. `Client.read` is called, not awaited: it takes in what is there and wakes whoever waits for it. A client that goes
   away is noticed in the same way, also while its request runs: no task of its own has to listen for that.
3. A time-out is one number per client, `due`. Moving it later, which each request does twice, is an assignment. One
   task sleeps until the earliest one that it knows of, and then looks at all of them. It wakes too early if that one
   has moved meanwhile, never too late: `set_due` moves its alarm when a time-out comes before it.
4. Nothing in here knows HTTP. What a client does with its bytes is its business; if `read` fails, that client is lost
   and no other.
"""

from __future__ import annotations

import logging
import math
import select
import selectors
from typing import TYPE_CHECKING, Protocol

import trio

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

READ_BYTES = 64 * 1024

_log = logging.getLogger("servicelab.server")


class _Elsewhere(selectors.DefaultSelector):
    """What is not Linux: as much of `select.epoll` as is used here."""

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        return [(key.fd, events) for key, events in self.select(timeout)]


Epoll: Callable[[], select.epoll | _Elsewhere] = getattr(select, "epoll", _Elsewhere)


class Client(Protocol):
    """What is called when there is something to do.

    Attributes:
        due: when `too_slow` is to be called, on trio's clock; `math.inf` for never.
    """

    due: float

    def read(self) -> None:
        """Take in what has arrived; also called at the end of the stream, and after a reset."""

    def too_slow(self) -> None:
        """The time in `due` has come."""

    def lose(self) -> None:
        """Give the connection up: the server has failed, not the client."""


class Sockets:
    """Tells clients when something has arrived or their time is over; `run` is a task.

    Attributes:
        buffer: for `read`, which is done with it before it returns.
    """

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(READ_BYTES))
        self._epoll = Epoll()
        self._watched: dict[int, Client] = {}
        self._clients: set[Client] = set()
        self._alarm = trio.CancelScope()
        self._wakes = math.inf

    async def run(self) -> None:
        """Watch until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._sweep)
            await self._dispatch()

    def add(self, client: Client) -> None:
        """Look after a client's time-out from now on."""
        self._clients.add(client)
        self.set_due(client, client.due)

    def discard(self, client: Client) -> None:
        """Look after it no more."""
        self._clients.discard(client)

    def watch(self, sock: socket.socket, client: Client) -> None:
        """Call `client.read` whenever there is something to read."""
        self._epoll.register(sock.fileno(), selectors.EVENT_READ)
        self._watched[sock.fileno()] = client

    def unwatch(self, sock: socket.socket) -> None:
        """Stop that; what arrives stays in the kernel."""
        self._epoll.unregister(sock.fileno())
        del self._watched[sock.fileno()]

    def set_due(self, client: Client, due: float) -> None:
        """Set a client's time-out."""
        client.due = due
        if due < self._wakes:
            self._wakes = self._alarm.deadline = due

    async def _dispatch(self) -> None:
        poll, watched = self._epoll.poll, self._watched
        while True:
            await trio.lowlevel.wait_readable(self._epoll.fileno())
            for descriptor, _ in poll(0):
                if (client := watched.get(descriptor)) is None:
                    continue  # another's `read` has ended it
                try:
                    client.read()
                except Exception:  # a bug of ours must cost one client, not all
                    _log.exception("a connection failed")
                    client.lose()

    async def _sweep(self) -> None:
        while True:
            with trio.CancelScope(deadline=self._wakes) as self._alarm:
                await trio.sleep_forever()
            now = trio.current_time()
            for client in [each for each in self._clients if each.due <= now]:
                client.too_slow()
            self._wakes = min((each.due for each in self._clients), default=math.inf)
