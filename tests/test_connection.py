"""`servicelab.connection`: one client in virtual time, over a pair of sockets.

What one socket of a pair has sent has arrived in the other when `send` returns: the clock cannot jump over it.
"""

from __future__ import annotations

import contextlib
import inspect
import logging
import socket
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from servicelab.server import Limits, Server
from tests.http_client import Client, answer, application, chunked, echo, get, post, read_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LIMITS = Limits(
    header_s=10, body_s=30, idle_s=15, write_s=20, half_closed_s=0.5, linger_s=1, header_bytes=500, body_bytes=100_000
)


def virtual(test: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    """Run an async test in virtual time, at most an hour of it."""

    def run(**fixtures: Any) -> None:
        async def bounded() -> None:
            with trio.fail_after(3600):
                await test(**fixtures)

        trio.run(bounded, clock=trio.testing.MockClock(autojump_threshold=0))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    run.__signature__ = inspect.signature(test)  # type: ignore[attr-defined]  # pytest looks for fixtures there
    return run


@asynccontextmanager
async def connected(
    app: ASGIApp = echo,
    limits: Limits = LIMITS,
    *,
    server: Server | None = None,
    buffered: int | None = None,
) -> AsyncIterator[tuple[Client, Server]]:
    """A client of a server; a second one of the same server stands inside of the first one's block.

    Args:
        app: what is served.
        limits: by whom.
        server: in their place.
        buffered: about how many bytes the sockets hold in each direction; else what is usual.
    """
    looked_after = server is not None and server.statistics().connections > 0
    server = server or Server(app, limits=limits)
    ours, theirs = pair(buffered)
    async with trio.open_nursery() as nursery:
        if not looked_after:
            nursery.start_soon(server.sockets.run)
        async with trio.open_nursery() as connections:
            connections.start_soon(server.handle, theirs)
            await trio.testing.wait_all_tasks_blocked()
            async with ours:
                yield Client(ours), server
        if not looked_after:
            nursery.cancel_scope.cancel()


def pair(buffered: int | None = None) -> tuple[trio.SocketStream, socket.socket]:
    """A stream and a plain socket that are connected."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
        if buffered is not None:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffered)
    return trio.SocketStream(trio.socket.from_stdlib_socket(ours)), theirs


class Notes:
    """An application that notes what happens to it; what it does is its subclass's or `handler`'s business."""

    def __init__(self, handler: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.notes: list[tuple[str, float]] = []
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noted() -> Message:
            message = await receive()
            self.note(message["type"])
            return message

        try:
            await self._handler(scope, noted, send)
            self.note("done")
        except trio.Cancelled:
            self.note("cancelled")
            raise
        except Exception as error:
            self.note(type(error).__name__)
            raise

    def note(self, what: str) -> None:
        self.notes.append((what, trio.current_time()))


async def sleeps(scope: Scope, receive: Receive, send: Send) -> None:
    """Takes the seconds that the path names."""
    await trio.sleep(float(scope["path"][1:]))
    await answer(send, b"slept")


async def listens(scope: Scope, receive: Receive, send: Send) -> None:
    """Receives until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


# --- one request after the other ---
@virtual
async def test_a_connection_serves_one_request_after_the_other() -> None:
    async with connected() as (client, server):
        bodies = [
            (await client.ask(request)).body for request in (get("/a"), post("/b", b"x"), chunked("/c", b"y", b"z"))
        ]
        assert bodies == [b"GET /a? ", b"POST /b? x", b"POST /c? yz"]
        assert server.statistics().answered == 3


@virtual
async def test_pipelined_requests_are_answered_in_turn_and_one_at_a_time() -> None:
    async with connected(application(sleeps)) as (client, server):
        await client.send(get("/3") + get("/1") + get("/2"))
        times = []
        for _ in range(3):
            assert (await client.reply()).body == b"slept"
            times.append(trio.current_time())
            assert server.statistics().requests <= 1
        assert times == [3, 4, 6]


@virtual
async def test_more_pipelined_requests_than_are_read_ahead_are_all_answered() -> None:
    async with connected() as (client, _):
        await client.send(get("/a") * 100, *[get("/b")] * 100)
        assert [(await client.reply()).status for _ in range(200)] == [200] * 200


@virtual
async def test_requests_cut_anywhere_are_the_same_requests() -> None:
    stream = post("/a", b"hello") + chunked("/b", b"abc", b"de") + get("/c")
    for cut in range(1, len(stream), 5):
        async with connected() as (client, _):
            await client.send(stream[:cut])
            await trio.sleep(1)
            await client.send(stream[cut:])
            assert [(await client.reply()).body for _ in range(3)] == [
                b"POST /a? hello",
                b"POST /b? abcde",
                b"GET /c? ",
            ]


@virtual
async def test_each_request_has_context_variables_of_its_own() -> None:
    variable: ContextVar[str] = ContextVar("variable", default="unset")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen = variable.get()
        variable.set(scope["path"])
        await trio.lowlevel.checkpoint()
        await answer(send, f"{seen} {variable.get()}".encode())

    async with connected(app) as (client, _):
        seen = [(await client.ask(get("/a"))).body for _ in range(2)]
        await client.send(get("/b") * 2)
        seen += [(await client.reply()).body for _ in range(2)]
        assert seen == [b"unset /a", b"unset /a", b"unset /b", b"unset /b"]


@virtual
async def test_the_scope_says_what_asgi_wants_to_know() -> None:
    scopes: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await answer(send)

    async with connected(app) as (client, _):
        await client.ask(get("/a%20b?c=d", "X-One: 1"))
    assert scopes == [
        {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": "/a b", "raw_path": b"/a%20b", "query_string": b"c=d", "root_path": "",
            "headers": [(b"host", b"test"), (b"x-one", b"1")], "client": None, "server": None, "state": {},
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("request_bytes", "last"),
    [(get("/", "Connection: close"), True), (get("/", version="1.0"), True), (get("/"), False)],
)
def test_who_asks_for_the_end_of_the_connection_gets_it(request_bytes: bytes, last: bool) -> None:
    @virtual
    async def check() -> None:
        async with connected() as (client, _):
            assert (await client.ask(request_bytes)).closes == last
            if last:
                assert (await client.rest(), trio.current_time()) == (b"", 0)

    check()


# --- bodies ---
@virtual
async def test_a_body_is_handed_over_as_it_arrives() -> None:
    messages: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while not messages or messages[-1].get("more_body"):
            messages.append(await receive())
        await answer(send)

    async with connected(app) as (client, _):
        await client.send(get("/", "Content-Length: 4", method="POST"))
        for piece in (b"ab", b"cd"):
            await trio.sleep(1)
            await client.send(piece)
        await client.reply()
    assert [(one["body"], one["more_body"]) for one in messages] == [(b"ab", True), (b"cd", False)]


@virtual
async def test_a_body_that_nobody_reads_is_not_taken_in() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await trio.sleep(100)
        body = await read_body(receive)
        await answer(send, str(len(body)).encode())

    sent: list[float] = []

    async def upload(client: Client) -> None:
        await client.send(get("/", "Content-Length: 90000", method="POST"))
        for _ in range(9):
            await client.send(b"x" * 10_000)
            sent.append(trio.current_time())

    limits = replace(LIMITS, read_ahead_bytes=20_000)
    async with connected(app, limits, buffered=1) as (client, _):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(upload, client)
            reply = await client.reply()
        assert (reply.status, reply.body) == (200, b"90000")
    assert sent == [0] * 2 + [100] * 7


@virtual
async def test_a_body_that_is_left_unread_ends_the_connection() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"no, thanks")

    async with connected(app) as (client, _):
        reply = await client.ask(get("/", "Content-Length: 90000", method="POST"))
        assert (reply.body, reply.closes, await client.rest()) == (b"no, thanks", True, b"")


@virtual
async def test_a_body_that_arrived_whole_may_be_left_unread() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send)

    async with connected(app, replace(LIMITS, read_ahead_bytes=10)) as (client, _):
        replies = [await client.ask(post("/", b"x" * 1000)) for _ in range(3)]
        assert [(one.status, one.closes) for one in replies] == [(200, False)] * 3


@virtual
async def test_continue_is_sent_when_the_application_asks_for_the_body() -> None:
    async with connected() as (client, _):
        reply = await client.ask(get("/", "Expect: 100-continue", "Content-Length: 2", method="POST"))
        assert reply.status == 100
        assert (await client.ask(b"hi")).body == b"POST /? hi"


@virtual
async def test_continue_is_not_sent_when_nobody_asks_for_the_body_or_it_is_there() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, status=401)

    request = get("/", "Expect: 100-continue", "Content-Length: 2", method="POST")
    async with connected(app) as (client, _):
        reply = await client.ask(request)
        assert (reply.status, reply.closes) == (401, True)
    async with connected() as (client, _):
        assert (await client.ask(request + b"hi")).status == 200


@virtual
async def test_head_is_answered_like_get_without_the_body() -> None:
    async with connected() as (client, _):
        reply = await client.ask(get("/", method="HEAD"), head=True)
        assert (reply.status, reply.headers["content-length"]) == (200, "8")
        assert (await client.ask(get("/"))).body == b"GET /? "


@virtual
async def test_an_answer_streams_as_it_is_made() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece in (b"a", b"b", b""):
            await send({"type": "http.response.body", "body": piece, "more_body": bool(piece)})
            await trio.sleep(1)

    async with connected(app) as (client, _):
        await client.send(get("/"))
        seen = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: _note_arrivals(client, seen))
        assert seen == [(b"1\r\na\r\n", 0), (b"1\r\nb\r\n", 1), (b"0\r\n\r\n", 2)]


async def _note_arrivals(client: Client, seen: list[tuple[bytes, float]]) -> None:
    while not seen or seen[-1][0] != b"0\r\n\r\n":
        data = bytes(await client.stream.receive_some())
        seen.append((data.rpartition(b"\r\n\r\n")[2] if data.startswith(b"HTTP") else data, trio.current_time()))


# --- the client goes away ---
@virtual
async def test_a_client_that_goes_away_is_told_to_the_application_at_once() -> None:
    app = Notes(listens)
    async with connected(app) as (client, _):
        await client.send(get("/"))
        await trio.sleep(5)
    assert app.notes == [("http.request", 0), ("http.disconnect", 5), ("done", 5)]


@virtual
async def test_a_client_that_goes_away_cancels_its_request_and_nobody_elses() -> None:
    apps = Notes(sleeps)
    server = Server(apps, limits=LIMITS)
    async with connected(server=server) as (stays, _):
        await stays.send(get("/9"))
        async with connected(server=server) as (goes, _):
            await goes.send(get("/8"))
            await trio.sleep(5)
        assert apps.notes == [("cancelled", 5.5)]
        assert (await stays.reply()).status == 200
    assert apps.notes == [("cancelled", 5.5), ("done", 9)]


@virtual
async def test_a_client_that_goes_away_within_a_body_disconnects() -> None:
    app = Notes(echo)
    async with connected(app) as (client, _):
        await client.send(get("/", "Content-Length: 9", method="POST"), b"abc")
        await trio.sleep(5)
    assert app.notes == [("http.request", 0), ("http.disconnect", 5), ("ConnectionError", 5)]


@virtual
async def test_a_client_that_closes_only_its_side_gets_its_answer() -> None:
    async with connected(application(sleeps)) as (client, _):
        await client.send(get("/0.25"))
        await client.stream.send_eof()  # type: ignore[attr-defined]
        assert (await client.reply()).body == b"slept"
        assert (await client.rest(), trio.current_time()) == (b"", 0.25)


@virtual
async def test_an_application_that_swallows_the_disconnect_is_cancelled_a_moment_later() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await receive()
            await trio.sleep(0.125)

    notes = Notes(app)
    async with connected(notes) as (client, _):
        await client.send(get("/"))
        await trio.sleep(1)
    assert notes.notes[-1] == ("cancelled", 1.5)


@virtual
async def test_after_the_answer_receive_says_that_the_client_is_done() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send)
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"

    notes = Notes(app)
    async with connected(notes) as (client, _):
        assert (await client.ask(get("/"))).status == 200
        assert (await client.ask(get("/"))).status == 200
    assert notes.notes == [("http.request", 0), ("http.disconnect", 0), ("done", 0)] * 2


@virtual
async def test_cleaning_up_after_a_client_that_went_away_is_let_finish() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(3)
                notes.note("cleaned up")

    notes = Notes(app)
    async with connected(notes) as (client, _):
        await client.send(get("/"))
    assert notes.notes == [("cleaned up", 3.5), ("cancelled", 3.5)]


# --- slow clients ---
async def drip(client: Client, data: bytes, *, every: float) -> None:
    with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        for byte in data:
            await client.send(bytes([byte]))
            await trio.sleep(every)


async def dripped(app: ASGIApp, begin: bytes, rest: bytes, *, every: float) -> tuple[Any, float]:
    """Send a begin at once and the rest a byte at a time; the answer and when it came."""
    async with connected(app) as (client, _), trio.open_nursery() as nursery:
        await client.send(begin)
        nursery.start_soon(partial(drip, client, rest, every=every))
        reply = await client.reply()
        at = trio.current_time()
        nursery.cancel_scope.cancel()
    return reply, at


@virtual
async def test_a_head_that_drips_is_given_up_when_its_time_is_over() -> None:
    reply, at = await dripped(echo, b"G", get("/" + "x" * 300)[1:], every=1)
    assert (reply.status, reply.closes, at) == (408, True, 10)


@virtual
async def test_the_second_head_has_its_time_from_its_own_first_byte() -> None:
    async with connected() as (client, _):
        await client.ask(get("/"))
        await trio.sleep(12)
        await client.send(b"GET")
        reply = await client.reply()
        assert (reply.status, trio.current_time()) == (408, 22)


@virtual
async def test_a_body_that_drips_is_given_up_when_its_time_is_over() -> None:
    app = Notes(echo)
    reply, at = await dripped(app, get("/", "Content-Length: 99", method="POST"), b"x" * 99, every=1)
    assert (reply.status, reply.closes, at) == (408, True, 30)
    assert app.notes[-1] == ("cancelled", 30)


@virtual
async def test_who_sends_nothing_is_closed_without_a_word() -> None:
    async with connected() as (client, _):
        assert (await client.rest(), trio.current_time()) == (b"", 10)


@virtual
async def test_an_idle_connection_is_closed_without_a_word() -> None:
    async with connected() as (client, _):
        await trio.sleep(5)
        await client.ask(get("/"))
        assert (await client.rest(), trio.current_time()) == (b"", 20)


@virtual
async def test_an_application_may_take_as_long_as_it_likes() -> None:
    async with connected(application(sleeps)) as (client, _):
        assert (await client.ask(get("/1000"))).body == b"slept"
        assert (await client.ask(get("/1000"))).body == b"slept"


@virtual
async def test_a_client_that_does_not_read_is_given_up() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await trio.sleep(5)
        await answer(send, b"x" * 100_000)

    notes = Notes(app)
    async with connected(notes, buffered=1) as (client, server):
        await client.send(get("/"))
        await trio.sleep(30)
        assert (notes.notes, server.statistics().connections) == ([("OSError", 25)], 0)


@virtual
async def test_a_large_answer_may_take_longer_than_the_time_for_a_piece() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"x" * 2_000_000)

    async with connected(app, buffered=100_000) as (client, _):
        await client.send(get("/"))
        received = 0
        while received < 2_000_000:
            received += len(await client.stream.receive_some(50_000))
            await trio.sleep(1)
        assert trio.current_time() > 2 * LIMITS.write_s


# --- too much ---
@pytest.mark.parametrize(
    ("data", "status"),
    [
        (get("/", "A: " + "x" * 600), 431),
        (get("/", *["A: b"] * 101), 431),
        (get("/" + "x" * 600), 431),
        (post("/", b"x" * 100_001), 413),
        (chunked("/", b"x" * 60_000, b"x" * 60_000), 413),
        (b"BLAH\r\n\r\n", 400),
        (get("/", "Expect: a miracle"), 417),
    ],
)
def test_a_refusal_is_told_and_ends_the_connection(data: bytes, status: int) -> None:
    @virtual
    async def check() -> None:
        async with connected() as (client, _):
            reply = await client.ask(data)
            assert (reply.status, reply.closes, await client.rest(), trio.current_time()) == (status, True, b"", 0)

    check()


@virtual
async def test_a_refusal_comes_after_the_answers_before_it() -> None:
    async with connected(application(sleeps)) as (client, _):
        await client.send(get("/1") + get("/2") + get("/3", "Content-Length: 3", "Content-Length: 4"))
        assert [(await client.reply()).status for _ in range(3)] == [200, 200, 400]
        assert trio.current_time() == 3


@virtual
async def test_a_bad_body_behind_a_good_request_does_not_harm_it() -> None:
    async with connected(application(sleeps)) as (client, _):
        await client.send(get("/9") + get("/1", "Transfer-Encoding: chunked", method="POST") + b"xyz\r\n")
        assert [(await client.reply()).status for _ in range(2)] == [200, 400]


@virtual
async def test_a_bad_body_behind_the_last_answer_of_a_connection_is_nobodys_business(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send)

    async with connected(app) as (client, _):
        await client.send(get("/", "Transfer-Encoding: chunked", method="POST"), b"xyz\r\n")
        reply = await client.reply()
        assert (reply.status in (200, 400), reply.closes) == (True, True)
    assert caplog.records == []


@virtual
async def test_a_body_that_turns_out_too_long_cancels_the_application() -> None:
    app = Notes(sleeps)
    async with connected(app, replace(LIMITS, read_ahead_bytes=1_000_000)) as (client, _):
        await client.send(get("/50", "Transfer-Encoding: chunked", method="POST"))
        await trio.sleep(2)
        await client.send(b"186a1\r\n", b"x" * 50_000)
        assert app.notes == []
        await client.send(b"x" * 50_001)
        assert (await client.reply()).status == 413
    assert app.notes == [("cancelled", 2)]


@virtual
async def test_after_a_refusal_the_rest_is_read_unheard_for_a_moment_only() -> None:
    async with connected() as (client, server):
        await client.ask(b"BLAH\r\n\r\n")
        await drip(client, b"x" * 50, every=0.4)  # ends with the first byte that nobody takes any more
        assert (server.statistics().connections, trio.current_time()) == (0, pytest.approx(1.2))


@virtual
async def test_more_requests_than_the_application_may_have_get_503_and_the_connection_goes_on() -> None:
    server = Server(application(sleeps), limits=replace(LIMITS, requests=1))
    async with connected(server=server) as (first, _), connected(server=server) as (second, _):
        await first.send(get("/5"))
        await trio.testing.wait_all_tasks_blocked()
        reply = await second.ask(get("/1"))
        assert (reply.status, reply.headers["retry-after"], reply.closes) == (503, "1", False)
        assert (await first.reply()).status == 200
        assert (await second.ask(get("/1"))).status == 200
        assert (server.statistics().answered, server.statistics().refused) == (2, 1)


@virtual
async def test_more_connections_than_there_may_be_get_503_and_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servicelab.server.ANSWERED_REFUSALS", 1)  # at the same time
    server = Server(echo, limits=replace(LIMITS, connections=1))
    async with connected(server=server) as (first, _):
        assert (await first.ask(get("/"))).status == 200
        async with connected(server=server) as (second, _):
            reply = await second.reply()
            assert (reply.status, reply.closes) == (503, True)
        async with connected(server=server) as (third, _):
            assert b"503" in await third.rest()
            assert trio.current_time() == 1
        assert (await first.ask(get("/"))).status == 200
        assert (server.statistics().connections, server.statistics().refused) == (1, 2)


# --- failing applications ---
async def fails(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("no such event")


async def fails_within(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise ValueError("no such event")


async def says_nothing(scope: Scope, receive: Receive, send: Send) -> None: ...


async def injects(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, b"", 200, (b"location", b"/\r\nevil: 1"))


async def too_long(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, b"abc", 200, (b"content-length", b"2"))


async def starts_only(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def starts_twice(scope: Scope, receive: Receive, send: Send) -> None:
    await starts_only(scope, receive, send)
    await starts_only(scope, receive, send)


async def starts_with_the_body(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.body", "body": b"hi"})


@pytest.mark.parametrize(
    "app", [fails, says_nothing, injects, too_long, starts_only, starts_twice, starts_with_the_body]
)
def test_an_application_that_fails_is_a_500_and_logged(app: ASGIApp, caplog: pytest.LogCaptureFixture) -> None:
    @virtual
    async def check() -> None:
        async with connected(app) as (client, _):
            reply = await client.ask(get("/x"))
            assert (reply.status, reply.closes, reply.body) == (500, True, b"")

    check()
    [record] = caplog.records
    assert (record.levelno, record.getMessage(), bool(record.exc_info)) == (logging.ERROR, "GET /x failed", True)


@virtual
async def test_an_application_that_fails_within_its_answer_breaks_the_answer_off() -> None:
    async with connected(fails_within) as (client, _):
        await client.send(get("/"))
        assert (await client.rest()).endswith(b"\r\n\r\n4\r\nhalf\r\n")


@virtual
async def test_an_application_that_fails_after_its_answer_is_logged_and_the_connection_goes_on() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"ok")
        raise ValueError("too late")

    async with connected(app) as (client, _):
        assert [(await client.ask(get("/"))).body for _ in range(2)] == [b"ok", b"ok"]


@virtual
async def test_what_is_sent_after_the_answer_is_logged_and_not_sent(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> object:
        await answer(send, b"ok")
        if scope["path"] == "/more":
            await send({"type": "http.response.body", "body": b"more"})
        return 123  # what it returns is its own business

    async with connected(app) as (client, _):  # type: ignore[arg-type]
        assert [(await client.ask(get(path))).body for path in ("/", "/more", "/")] == [b"ok"] * 3
    assert [record.getMessage() for record in caplog.records] == ["GET /more failed"]


@virtual
async def test_two_tasks_that_send_at_once_do_not_mix_their_bytes(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def piece(byte: bytes) -> None:
            await send({"type": "http.response.body", "body": byte * 500_000, "more_body": True})

        await send({"type": "http.response.start", "status": 200, "headers": []})
        async with trio.open_nursery() as nursery:
            nursery.start_soon(piece, b"x")
            nursery.start_soon(piece, b"y")

    async with connected(app, buffered=1) as (client, _):
        await client.send(get("/"))
        received = await client.rest()
        assert not (b"x" in received.partition(b"\r\n\r\n")[2] and b"y" in received.partition(b"\r\n\r\n")[2])
    assert [record.getMessage() for record in caplog.records] == ["GET / failed"]


@virtual
async def test_errors_about_a_client_who_has_left_are_nobodys_business(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        raise ValueError("where are you?")

    async with connected(app) as (client, _):
        await client.send(get("/"))
    assert caplog.records == []


def test_an_error_after_the_answer_is_told_also_when_the_client_has_taken_it_and_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"", 500)
        await trio.sleep(0.25)
        raise ValueError("as Starlette does it")

    @virtual
    async def check() -> None:
        async with connected(app) as (client, _):
            assert (await client.ask(get("/x"))).status == 500

    check()
    assert [record.getMessage() for record in caplog.records] == ["GET /x failed"]


# --- stopping ---
@virtual
async def test_stopping_closes_idle_connections_at_once_and_lets_requests_finish() -> None:
    server = Server(application(sleeps), limits=LIMITS)
    async with connected(server=server) as (idle, _), connected(server=server) as (busy, _):
        await idle.ask(get("/0"))
        await busy.send(get("/5"))
        await trio.sleep(1)
        server.stop_accepting()
        assert (await idle.rest(), trio.current_time()) == (b"", 1)
        await server.drained()
        assert trio.current_time() == 5
        reply = await busy.reply()
        assert (reply.body, reply.closes, await busy.rest()) == (b"slept", True, b"")


@virtual
async def test_what_has_arrived_when_we_stop_is_answered() -> None:
    server = Server(application(sleeps), limits=LIMITS)
    async with connected(server=server) as (client, _):
        await client.ask(get("/0"))
        await client.send(get("/5"))
        server.stop_accepting()
        await server.drained()
        assert trio.current_time() == 5
        reply = await client.reply()
        assert (reply.status, reply.closes) == (200, True)


@virtual
async def test_pipelined_requests_that_have_arrived_are_answered_before_we_stop() -> None:
    server = Server(application(sleeps), limits=LIMITS)
    async with connected(server=server) as (client, _):
        await client.send(get("/1") * 3)
        await trio.sleep(0.5)
        server.stop_accepting()
        replies = [await client.reply() for _ in range(3)]
        assert [(one.status, one.closes) for one in replies] == [(200, False), (200, False), (200, True)]
        await server.drained()
        assert trio.current_time() == 3


@virtual
async def test_half_a_head_does_not_hold_up_the_drain_and_may_still_become_a_request() -> None:
    server = Server(application(sleeps), limits=LIMITS)
    async with connected(server=server) as (client, _):
        await client.send(get("/1")[:-2])
        await trio.sleep(1)
        server.stop_accepting()
        await server.drained()
        assert trio.current_time() == 1
        assert (await client.ask(b"\r\n")).closes


@virtual
async def test_drained_waits_for_what_is_in_flight_also_without_stopping() -> None:
    server = Server(application(sleeps), limits=LIMITS)
    async with connected(server=server) as (client, _):
        await server.drained()
        await client.send(get("/5"))
        await trio.testing.wait_all_tasks_blocked()
        await server.drained()
        assert trio.current_time() == 5


@virtual
async def test_cancelling_from_outside_ends_requests_and_connections() -> None:
    app = Notes(sleeps)
    with trio.move_on_after(3):
        async with connected(app) as (client, server):
            await client.send(get("/100"))
            await trio.sleep_forever()
    assert (app.notes, server.statistics().connections) == ([("cancelled", 3)], 0)


# --- anything at all ---
PIECES = st.one_of(
    st.sampled_from(
        [get("/0"), get("/1"), post("/1", b"x" * 50), chunked("/0", b"ab", b"c"), get("/0", version="1.0")]
    ),
    st.sampled_from(
        [b"GET /0 HTTP/1.1\r\n", b"Host: x\r\n", b"\r\n", b"0\r\n\r\n", b"Content-Length: 5\r\n", b"\0", b"5\r\n"]
    ),
    st.binary(max_size=20),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(PIECES, st.sampled_from([0, 0, 0.25, 7])), max_size=8), st.booleans())
def test_whatever_a_client_sends_the_server_answers_in_http_and_forgets_it(
    pieces: list[tuple[bytes, float]], stops_halfway: bool
) -> None:
    @virtual
    async def check() -> None:
        server = Server(application(sleeps), limits=LIMITS, on_error=lambda scope, error: None)
        ours, theirs = pair()
        async with ours, trio.open_nursery() as nursery:
            nursery.start_soon(server.sockets.run)
            nursery.start_soon(server.handle, theirs)
            for number, (data, wait) in enumerate(pieces):
                if stops_halfway and 2 * number >= len(pieces):
                    server.stop_accepting()
                with contextlib.suppress(trio.BrokenResourceError):
                    await ours.send_all(data)
                await trio.sleep(wait)
            with contextlib.suppress(trio.BrokenResourceError):
                await ours.send_eof()
            client, rest = Client(ours), b""
            with contextlib.suppress(trio.BrokenResourceError):  # closed with something unread, when it was stopped
                rest = await client.rest()
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        assert rest == b"" or rest.startswith(b"HTTP/1.1 ")
        assert (server.statistics().connections, server.statistics().requests) == (0, 0)

    check()
