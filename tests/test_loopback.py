"""A virtual clock waits for bytes that are on their way between sockets of this machine."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest
import trio

from servicelab import loopback, tasks, watch
from servicelab.schedules import run_once


async def echo(stream: trio.SocketStream) -> None:
    async for data in stream:
        await stream.send_all(data)


async def asks_and_sleeps() -> list[tuple[bytes, float]]:
    """Ask over a real socket while another task sleeps, again and again; note when each answer came."""
    seen = []
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, echo, 0)
        nursery.start_soon(trio.sleep, 1000)
        port = listeners[0].socket.getsockname()[1]
        for number in range(20):
            async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                await stream.send_all(b"%d" % number)
                seen.append((await stream.receive_some(), trio.current_time()))
            await trio.sleep(1)
        nursery.cancel_scope.cancel()
    return seen


@pytest.mark.parametrize("picks", [[], [1] * 40, [0, 2, 1] * 20])
def test_the_clock_does_not_jump_over_bytes_on_their_way(picks):
    assert run_once(asks_and_sleeps, picks=picks).value == [(b"%d" % number, number) for number in range(20)]


def test_the_clock_waits_for_bytes_that_come_late(monkeypatch):
    """What the kernel delivers later than usual: here it is sent only when the clock is about to jump."""
    near, far = socket.socketpair()
    near.setblocking(False)
    monkeypatch.setattr(watch, "_settle", lambda: far.send(b"late"))

    async def reads() -> tuple[bytes, float]:
        with trio.move_on_after(60):
            reader = trio.socket.from_stdlib_socket(near)
            return await reader.recv(10), trio.current_time()
        return b"", trio.current_time()

    with near, far:
        assert run_once(reads).value == (b"late", 0)


def test_without_sockets_nothing_is_asked_of_the_kernel(monkeypatch):
    asked: list[Any] = []
    monkeypatch.setattr(watch, "_settle", lambda: asked.append(1))
    assert run_once(trio.sleep, 60).end_s == 60
    assert asked == []


def test_who_waits_for_bytes_that_never_come_is_in_a_deadlock():
    near, far = socket.socketpair()
    near.setblocking(False)

    async def reads() -> None:
        await trio.socket.from_stdlib_socket(near).recv(10)

    with near, far:
        assert [problem.kind for problem in run_once(reads).problems] == ["deadlock"]


def test_a_fork_makes_a_pair_of_its_own():
    loopback.settle()
    ours = loopback._pairs[os.getpid()]
    child = os.fork()
    if child == 0:
        try:
            loopback.settle()
            os._exit(0 if list(loopback._pairs) == [os.getpid()] and loopback._pairs[os.getpid()] is not ours else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    loopback.settle()
    assert loopback._pairs[os.getpid()] is ours


def test_where_there_is_no_loopback_it_is_silent_for_a_moment(monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(loopback, "_pair", lambda: (_ for _ in ()).throw(OSError("no network")))
    monkeypatch.setattr(loopback, "_real_sleep", slept.append)
    loopback.settle()
    assert slept == [loopback.SILENCE_S]


def test_canary_trios_own_descriptor_is_the_only_one_that_waits():
    async def main() -> bool:
        return tasks.waits_for_socket(watch._context.runner)

    assert run_once(main).value is False
