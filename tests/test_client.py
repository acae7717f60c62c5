"""`servicelab.client`: whole answers, and requests that are made message by message in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from servicelab.client import Answer, Caller, get, post
from servicelab.schedules import run_once

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send


async def echo(request: Request) -> Response:
    said = {
        "body": (await request.body()).decode(),
        "token": request.headers.get("authorization"),
        "query": request.url.query,
    }
    return JSONResponse(said, headers={"Retry-After": "3"})


APP = Starlette(routes=[Route("/echo", echo, methods=["GET", "POST"])])


def value_of(main: Callable[[], Awaitable[Any]]) -> Any:
    run = run_once(main)
    if run.error is not None:
        raise run.error
    assert run.problems == ()
    return run.value


def test_get_and_post_send_headers_and_a_body():
    async def main() -> list[Answer]:
        headers = {"Authorization": "Bearer test"}
        return [await get(APP, "/echo?n=1", headers=headers), await post(APP, "/echo", {"id": 7}, headers=headers)]

    got, posted = value_of(main)
    assert got.json() == {"body": "", "token": "Bearer test", "query": "n=1"}
    assert posted.json() == {"body": '{"id":7}', "token": "Bearer test", "query": ""}
    assert posted.headers["retry-after"] == "3"


def test_post_sends_bytes_as_they_are():
    async def main() -> Answer:
        return await post(APP, "/echo", b"not json")

    assert value_of(main).json()["body"] == "not json"


async def drips(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a piece of the body each second."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", b"text/plain; charset=x")]})
    for piece in (b"one", b"two"):
        await trio.sleep(1)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body"})


def test_a_caller_notes_each_message_and_its_time():
    async def main() -> Caller:
        caller = Caller("GET", "/")
        await caller.ask(drips)
        return caller

    caller = value_of(main)
    assert (caller.status, caller.complete) == (200, True)
    assert caller.chunks == [(1, b"one"), (2, b"two")]
    assert [at_s for at_s, _ in caller.received] == [0, 1, 2, 2]
    assert caller.answer() == Answer(200, "text/plain", "onetwo")


def test_a_caller_asks_as_get_does():
    async def main() -> tuple[Answer, Answer]:
        caller = Caller("POST", "/echo?n=1", {"id": 7}, headers={"Authorization": "Bearer test"})
        await caller.ask(APP)
        return caller.answer(), await post(APP, "/echo?n=1", b'{"id": 7}', headers={"Authorization": "Bearer test"})

    ours, httpxs = value_of(main)
    assert ours == httpxs


def test_a_caller_that_hangs_up_is_told_of_and_gets_nothing_more():
    told: list[tuple[float, str]] = []

    async def listens(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(3):
            message = await receive()
            told.append((trio.current_time(), message["type"]))
        await drips(scope, receive, send)

    async def main() -> Caller:
        caller = Caller("GET", "/")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(caller.ask, listens)
            await trio.sleep(5)
            caller.hang_up()
        return caller

    caller = value_of(main)
    assert told == [(0, "http.request"), (5, "http.disconnect"), (5, "http.disconnect")]
    assert (caller.received, caller.status, caller.complete) == ([], None, False)
    with pytest.raises(ValueError, match="sent no status"):
        caller.answer()


def test_after_the_answer_there_is_a_disconnect():
    async def answers_then_listens(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await drips(scope, receive, send)
        assert await receive() == {"type": "http.disconnect"}

    async def main() -> bool:
        caller = Caller("GET", "/")
        await caller.ask(answers_then_listens)
        return caller.complete

    assert value_of(main) is True


def test_a_caller_that_stops_reading_holds_the_application_up():
    async def main() -> tuple[list[tuple[float, bytes]], bool]:
        caller = Caller("GET", "/")
        with trio.move_on_after(60) as patience:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(caller.ask, drips)
                await trio.sleep(1.5)
                caller.stop_reading()
        return caller.chunks, patience.cancelled_caught

    assert value_of(main) == ([(1, b"one")], True)


def test_what_leaves_the_application_leaves_ask():
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise OSError("no store")

    async def main() -> None:
        await Caller("GET", "/").ask(broken)

    with pytest.raises(OSError, match=r"^no store$"):
        value_of(main)
