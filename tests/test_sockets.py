"""`servicelab.sockets`: who is told when something has arrived, or when the time is over."""

from __future__ import annotations

import math
import select
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing

from servicelab.sockets import Sockets, _Elsewhere

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


class Noting:
    """A client that notes what it is told, and when."""

    def __init__(self, due: float = math.inf, *, fails: bool = False) -> None:
        self.due, self.fails = due, fails
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.notes: list[tuple[str, float]] = []

    def read(self) -> None:
        self.near.recv(100)
        self.note("read")
        if self.fails:
            raise ZeroDivisionError

    def too_slow(self) -> None:
        self.note("too slow")
        self.due = math.inf

    def lose(self) -> None:
        self.note("lost")

    def note(self, what: str) -> None:
        self.notes.append((what, trio.current_time()))


@asynccontextmanager
async def watching(*clients: Noting) -> AsyncIterator[Sockets]:
    sockets = Sockets()
    async with trio.open_nursery() as nursery:
        for client in clients:
            sockets.add(client)
            sockets.watch(client.near, client)
        nursery.start_soon(sockets.run)
        yield sockets
        nursery.cancel_scope.cancel()
    for client in clients:
        client.near.close()
        client.far.close()


def virtual(test: Callable[[], Awaitable[Any]]) -> None:
    trio.run(test, clock=trio.testing.MockClock(autojump_threshold=0))


def test_each_is_told_at_its_time_and_once() -> None:
    async def check() -> None:
        first, second, never = Noting(5), Noting(3), Noting()
        async with watching(first, second, never):
            await trio.sleep(100)
        assert [one.notes for one in (first, second, never)] == [[("too slow", 5)], [("too slow", 3)], []]

    virtual(check)


def test_a_time_may_move_either_way() -> None:
    async def check() -> None:
        later, earlier = Noting(5), Noting(50)
        async with watching(later, earlier) as sockets:
            await trio.sleep(4)
            sockets.set_due(later, 20)
            sockets.set_due(earlier, 6)
            await trio.sleep(100)
        assert [one.notes for one in (later, earlier)] == [[("too slow", 20)], [("too slow", 6)]]

    virtual(check)


def test_who_is_not_looked_after_any_more_is_not_told() -> None:
    async def check() -> None:
        client = Noting(5)
        async with watching(client) as sockets:
            await trio.sleep(1)
            sockets.discard(client)
            sockets.unwatch(client.near)
            client.far.send(b"x")
            await trio.sleep(100)
        assert client.notes == []

    virtual(check)


def test_what_arrives_is_told_to_all_whom_it_concerns() -> None:
    async def check() -> None:
        clients = [Noting() for _ in range(50)]
        async with watching(*clients):
            await trio.sleep(1)
            for client in clients[::2]:
                client.far.send(b"x")
            await trio.sleep(1)
        assert [bool(one.notes) for one in clients] == [True, False] * 25

    virtual(check)


def test_where_there_is_no_epoll_another_selector_does_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servicelab.sockets.Epoll", _Elsewhere)
    test_what_arrives_is_told_to_all_whom_it_concerns()
    test_who_is_not_looked_after_any_more_is_not_told()


def test_who_has_been_ended_by_another_is_not_told_any_more() -> None:
    async def check() -> None:
        clients = [Noting(), Noting()]
        async with watching(*clients) as sockets:
            for client in clients:
                client.note = lambda _: [sockets.unwatch(one.near) for one in clients]  # type: ignore[method-assign]
                client.far.send(b"x")
            await trio.sleep(1)
            unread = [one for one in clients if select.select([one.near], [], [], 0)[0]]
        assert len(unread) == 1

    virtual(check)


def test_a_client_that_fails_is_lost_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def check() -> None:
        bad, good = Noting(fails=True), Noting()
        async with watching(bad, good):
            for client in (bad, good):
                client.far.send(b"x")
            await trio.sleep(1)
        assert (bad.notes, good.notes) == ([("read", 0), ("lost", 0)], [("read", 0)])

    virtual(check)
    assert [record.getMessage() for record in caplog.records] == ["a connection failed"]
