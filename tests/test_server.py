"""`servicelab.server` on real sockets: start, stop, limits, hostile clients; the same application under Hypercorn."""

from __future__ import annotations

import contextlib
import inspect
import socket
import struct
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import hypercorn.config
import hypercorn.trio
import pytest
import trio
import trio.testing
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from servicelab import schedules
from servicelab.server import Limits, Server, StartupFailed
from tests.http_client import Client, answer, application, echo, get, post

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

DEFAULT = Limits()
LIMITS = Limits(header_s=0.3, body_s=0.3, idle_s=0.3, write_s=0.3, half_closed_s=0.1, linger_s=0.2)


def real(test: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    """Run an async test in real time, ten seconds of it at most."""

    def run(**fixtures: Any) -> None:
        async def bounded() -> None:
            with trio.fail_after(10):
                await test(**fixtures)

        trio.run(bounded)

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    run.__signature__ = inspect.signature(test)  # type: ignore[attr-defined]  # pytest looks for fixtures there
    return run


@asynccontextmanager
async def serving(app: ASGIApp, limits: Limits = DEFAULT) -> AsyncIterator[Server]:
    """A server that listens; it is stopped and has ended at the end of the block."""
    server = Server(app, limits=limits)
    async with trio.open_nursery() as nursery:
        await nursery.start(server.serve, "127.0.0.1", 0)
        yield server
        server.stop_accepting()


@asynccontextmanager
async def client_of(server: Server) -> AsyncIterator[Client]:
    stream = await trio.open_tcp_stream("127.0.0.1", server.port)
    async with stream:
        yield Client(stream)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens in real time; the test's own bound ends it if it never does."""
    while not condition():  # noqa: ASYNC110  # it happens on the other side of a socket: no event of ours
        await trio.sleep(0.001)


class Gate:
    """An application that answers once `opened` is set, and counts who waits."""

    def __init__(self) -> None:
        self.opened = trio.Event()
        self.waiting = self.cancelled = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        self.waiting += 1
        try:
            await self.opened.wait()
        except trio.Cancelled:
            self.cancelled += 1
            raise
        finally:
            self.waiting -= 1
        await answer(send, b"ok")


# --- a Starlette application under this server and under Hypercorn ---
async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"hello {request.query_params['name']}", headers={"x-state": request.state.motto})


async def size(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def stream(request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        for number in range(3):
            yield f"part {number}\n"

    return StreamingResponse(parts(), media_type="text/plain")


async def boom(request: Request) -> PlainTextResponse:
    raise ValueError("boom")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
    yield {"motto": "cancel early"}


STARLETTE = Starlette(
    routes=[
        Route("/hello", hello),
        Route("/size", size, methods=["POST"]),
        Route("/stream", stream),
        Route("/boom", boom),
    ],
    lifespan=lifespan,
)


async def conversation(port: int) -> list[tuple[Any, ...]]:
    """What a client sees of STARLETTE, on one connection."""
    seen = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(10):
                yield b"x" * 10_000

        for response in [
            await client.get("/hello", params={"name": "Ann"}),
            await client.head("/hello", params={"name": "Ann"}),
            await client.post("/size", content=b"x" * 1000),
            await client.post("/size", content=chunks()),
            await client.get("/stream"),
            await client.get("/nowhere"),
            await client.get("/size"),
        ]:
            kept = {name: response.headers.get(name) for name in ("content-type", "content-length", "x-state", "allow")}
            seen.append((response.status_code, response.text, kept))
            assert "date" in response.headers
    return seen


async def under_hypercorn(talk: Callable[[int], Awaitable[Any]]) -> Any:
    config = hypercorn.config.Config()
    config.bind, config.loglevel = ["127.0.0.1:0"], "CRITICAL"
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        serve = partial(hypercorn.trio.serve, STARLETTE, config, shutdown_trigger=stop.wait)  # type: ignore[arg-type]
        [address] = await nursery.start(serve)
        result = await talk(int(address.rpartition(":")[2]))
        stop.set()
    return result


@real
async def test_the_same_application_answers_the_same_under_hypercorn() -> None:
    async with serving(STARLETTE) as server:
        ours = await conversation(server.port)
    assert ours == await under_hypercorn(conversation)
    assert [status for status, *_ in ours] == [200, 200, 200, 200, 200, 404, 405]


@real
async def test_a_route_that_fails_is_a_500() -> None:
    async with serving(STARLETTE) as server, client_of(server) as client:
        reply = await client.ask(get("/boom"))
        assert (reply.status, reply.body) == (500, b"Internal Server Error")


# --- start ---
@real
async def test_nobody_is_served_before_the_start_up_is_over() -> None:
    events: list[str] = []

    @asynccontextmanager
    async def slow(app: Starlette) -> AsyncIterator[None]:
        await trio.sleep(0.05)
        events.append("up")
        yield
        events.append("down")

    async def note(request: Request) -> PlainTextResponse:
        events.append("request")
        return PlainTextResponse("ok")

    async with serving(Starlette(routes=[Route("/", note)], lifespan=slow)) as server, client_of(server) as client:
        await client.ask(get("/"))
    assert events == ["up", "request", "down"]


async def no_database(app: Any) -> AsyncIterator[None]:
    raise OSError("no database")
    yield


async def never(app: Any) -> AsyncIterator[None]:
    await trio.sleep_forever()
    yield


@real
async def test_a_start_up_that_fails_is_raised_where_the_server_was_started() -> None:
    server = Server(Starlette(lifespan=asynccontextmanager(no_database)))
    async with trio.open_nursery() as nursery:
        with pytest.raises(StartupFailed, match=r"(?s)^Traceback .*OSError: no database\n$"):
            await nursery.start(server.serve, "127.0.0.1", 0)
    with pytest.raises(OSError, match=r"."):
        await trio.open_tcp_stream("127.0.0.1", server.port)


@real
async def test_a_start_up_can_be_cancelled() -> None:
    server = Server(Starlette(lifespan=asynccontextmanager(never)))
    with trio.move_on_after(0.05) as patience:
        async with trio.open_nursery() as nursery:
            await nursery.start(server.serve, "127.0.0.1", 0)
    assert patience.cancelled_caught


@real
async def test_a_taken_port_is_an_error_of_the_start() -> None:
    async with serving(echo) as server, trio.open_nursery() as nursery:
        with pytest.raises(OSError, match="in use"):
            await nursery.start(Server(echo).serve, "127.0.0.1", server.port)


@real
async def test_an_application_that_knows_no_lifespan_is_served() -> None:
    async with serving(application(echo)) as server, client_of(server) as client:
        assert (await client.ask(post("/", b"x"))).body == b"POST /? x"


@real
async def test_a_lifespan_that_dies_stops_the_server_after_what_is_under_way() -> None:
    dies = trio.Event()

    async def dying() -> None:
        await dies.wait()
        raise OSError("the pool has died")

    @asynccontextmanager
    async def fragile(app: Starlette) -> AsyncIterator[None]:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(dying)
            yield

    gate = Gate()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (gate if scope["type"] == "http" else Starlette(lifespan=fragile))(scope, receive, send)

    async def until_it_dies() -> None:
        server = Server(app)
        async with trio.open_nursery() as nursery:
            await nursery.start(server.serve, "127.0.0.1", 0)
            async with client_of(server) as client:
                await client.send(get("/"))
                await until(lambda: gate.waiting == 1)
                dies.set()
                await until(lambda: server.stopping)
                gate.opened.set()
                assert (await client.reply()).status == 200

    with pytest.raises(BaseExceptionGroup) as caught:
        await until_it_dies()
    assert caught.group_contains(OSError, match=r"^the pool has died$")


# --- stop ---
@real
async def test_stopping_refuses_new_clients_and_finishes_what_is_under_way() -> None:
    gate = Gate()
    async with trio.open_nursery() as nursery:
        server = Server(gate)
        await nursery.start(server.serve, "127.0.0.1", 0)
        async with client_of(server) as client:
            await client.send(get("/"))
            await until(lambda: gate.waiting == 1)
            server.stop_accepting()
            server.stop_accepting()
            with pytest.raises(OSError, match=r"."):
                await trio.open_tcp_stream("127.0.0.1", server.port)
            with trio.move_on_after(0.05) as patience:
                await server.drained()
            assert patience.cancelled_caught
            gate.opened.set()
            await server.drained()
            reply = await client.reply()
            assert (reply.status, reply.closes, await client.rest()) == (200, True, b"")


@real
async def test_clients_that_were_connected_when_we_stop_are_answered() -> None:
    """Also those that the kernel has accepted and we have not: nothing in between lets the server run."""
    async with serving(application(echo)) as server:
        streams = []
        for _ in range(20):
            plain = socket.create_connection(("127.0.0.1", server.port))
            plain.sendall(get("/"))
            plain.setblocking(False)
            streams.append(trio.SocketStream(trio.socket.from_stdlib_socket(plain)))
        server.stop_accepting()
        assert server.statistics().connections == 0
        replies = [await Client(one).reply() for one in streams]
        await server.drained()
        for one in streams:
            await one.aclose()
    assert [(one.status, one.closes) for one in replies] == [(200, True)] * 20
    assert server.statistics().answered == 20


@real
async def test_serve_returns_when_all_connections_have_ended_and_the_shutdown_is_done() -> None:
    down: list[int] = []
    gate = Gate()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await gate(scope, receive, send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        down.append(server.statistics().connections)
        await send({"type": "lifespan.shutdown.complete"})

    server = Server(app)
    async with trio.open_nursery() as nursery:
        await nursery.start(server.serve, "127.0.0.1", 0)
        async with client_of(server) as client:
            await client.send(get("/"))
            await until(lambda: gate.waiting == 1)
            server.stop_accepting()
            await trio.sleep(0.02)
            assert down == []
            gate.opened.set()
            await client.reply()
    assert down == [0]


@real
async def test_cancelling_the_server_ends_requests_at_once() -> None:
    gate = Gate()
    server = Server(gate)
    async with trio.open_nursery() as nursery:
        await nursery.start(server.serve, "127.0.0.1", 0)
        async with client_of(server) as client:
            await client.send(get("/"))
            await until(lambda: gate.waiting == 1)
            nursery.cancel_scope.cancel()
    assert (gate.cancelled, server.statistics().connections) == (1, 0)


def test_a_server_and_its_client_live_in_one_process_in_virtual_time_under_any_schedule() -> None:
    async def scenario() -> list[Any]:
        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            await trio.sleep(60)
            await answer(send, b"ok")

        server = Server(application(slow))
        async with trio.open_nursery() as nursery:
            await nursery.start(server.serve, "127.0.0.1", 0)
            async with client_of(server) as client:
                await client.send(get("/"))
                await trio.sleep(30)
                server.stop_accepting()
                await server.drained()
                reply = await client.reply()
        return [reply.status, reply.closes, trio.current_time()]

    for picks in schedules.dictated(20):
        assert schedules.run_once(scenario, picks=picks).value == [200, True, 60]


# --- hostile clients ---
@real
async def test_a_reset_cancels_its_request_at_once_and_nobody_elses() -> None:
    gate = Gate()
    async with serving(gate, replace(LIMITS, half_closed_s=1000)) as server, client_of(server) as stays:
        await stays.send(get("/"))
        async with client_of(server) as goes:
            await goes.send(get("/"))
            await until(lambda: gate.waiting == 2)
            assert isinstance(goes.stream, trio.SocketStream)
            goes.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await until(lambda: gate.waiting == 1)
        gate.opened.set()
        assert (await stays.reply()).status == 200
    assert gate.cancelled == 1


@real
async def test_a_client_that_closes_is_noticed_and_its_request_cancelled() -> None:
    gate = Gate()
    async with serving(gate, LIMITS) as server:
        async with client_of(server) as client:
            await client.send(get("/"))
            await until(lambda: gate.waiting == 1)
        await until(lambda: gate.cancelled == 1)


@real
async def test_a_half_closed_client_gets_its_answer() -> None:
    async with serving(application(echo), LIMITS) as server, client_of(server) as client:
        await client.send(get("/"))
        assert isinstance(client.stream, trio.SocketStream)
        await client.stream.send_eof()
        assert (await client.reply()).status == 200
        assert await client.rest() == b""


@real
async def test_clients_that_say_nothing_or_drip_are_closed() -> None:
    async def drip(client: Client, data: bytes) -> None:
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            for byte in data:
                await client.send(bytes([byte]))
                await trio.sleep(0.02)

    async with (
        serving(application(echo), LIMITS) as server,
        client_of(server) as silent,
        client_of(server) as head,
        client_of(server) as body,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(drip, head, get("/" + "x" * 500))
        await body.send(get("/", "Content-Length: 500", method="POST"))
        nursery.start_soon(drip, body, b"x" * 500)
        assert (await head.reply()).status == 408
        assert (await body.reply()).status == 408
        assert await silent.rest() == b""
        await until(lambda: server.statistics().connections == 0)
        nursery.cancel_scope.cancel()


@real
async def test_a_crowd_that_drips_resets_and_floods_does_not_keep_a_good_client_waiting() -> None:
    async def hostile(number: int) -> None:
        while True:
            with contextlib.suppress(OSError, trio.BrokenResourceError):
                async with client_of(server) as client:
                    assert isinstance(client.stream, trio.SocketStream)
                    await client.send([b"GET /", post("/", b"x" * 9)[:-3], get("/") * 50, b"\r\n" * 99][number % 4])
                    await trio.sleep(0.01)
                    client.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async with serving(application(echo), LIMITS) as server:
        async with client_of(server) as good, trio.open_nursery() as nursery:
            for number in range(40):
                nursery.start_soon(hostile, number)
            begin = trio.current_time()
            for _ in range(20):
                assert (await good.ask(post("/", b"x"))).body == b"POST /? x"
                await trio.sleep(0.01)
            assert trio.current_time() - begin < 5
            nursery.cancel_scope.cancel()
        await until(lambda: server.statistics().connections == 0)
        assert server.statistics().requests == 0


@real
async def test_a_client_that_never_reads_is_given_up() -> None:
    async def flood(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})

    async with serving(application(flood), LIMITS) as server, client_of(server) as client:
        await client.send(get("/"))
        await until(lambda: server.statistics().answered == 1)


@real
async def test_a_refusal_reaches_a_client_that_goes_on_sending() -> None:
    async with serving(application(echo), LIMITS) as server:
        for request, status in [
            (get("/", "A: " + "x" * 200_000), 431),
            (post("/", b"x" * 2_000_000), 413),
            (
                get("/", "Content-Length: 3", "Transfer-Encoding: chunked", method="POST")
                + b"0\r\n\r\n"
                + get("/evil"),
                400,
            ),
        ]:
            async with client_of(server) as client, trio.open_nursery() as nursery:
                nursery.start_soon(_send_what_goes, client, request)
                reply = await client.reply()
                assert (reply.status, reply.closes, await client.rest()) == (status, True, b"")
        assert server.statistics().answered == 0


async def _send_what_goes(client: Client, data: bytes) -> None:
    with contextlib.suppress(trio.BrokenResourceError):
        await client.send(data)


@real
async def test_one_connection_too_many_is_told_so() -> None:
    async with serving(application(echo), replace(LIMITS, connections=2)) as server:
        async with client_of(server) as first, client_of(server) as second:
            await first.ask(get("/"))
            await second.ask(get("/"))
            async with client_of(server) as third:
                assert (await third.ask(get("/"))).status == 503
        await until(lambda: server.statistics().connections == 0)
        async with client_of(server) as fourth:
            assert (await fourth.ask(get("/"))).status == 200


@real
async def test_a_server_without_free_descriptors_goes_on_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    accept, failures = socket.socket.accept, [OSError(24, "Too many open files")]

    def sometimes(self: socket.socket) -> tuple[socket.socket, Any]:
        if failures:
            raise failures.pop()
        return accept(self)

    monkeypatch.setattr(socket.socket, "accept", sometimes)
    async with serving(application(echo)) as server, client_of(server) as client:
        assert (await client.ask(get("/"))).status == 200
    assert [record.getMessage() for record in caplog.records] == ["cannot accept: [Errno 24] Too many open files"]
