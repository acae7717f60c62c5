"""`servicelab.live` and `servicelab.client`: an application on a real port beside the kernel, and one in memory."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
import trio
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from servicelab import schedules
from servicelab.client import Answer, get
from servicelab.live import Command, Live, ServiceError, serve_live, stop_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def broken(request: Request) -> Response:
    raise ValueError("no such event")


async def flag(request: Request) -> Response:
    return JSONResponse(request.app.state.flag)


async def echo(request: Request) -> Response:
    return JSONResponse([await request.json(), request.headers.get("authorization")])


async def hangs(request: Request) -> Response:
    await trio.sleep_forever()


ROUTES = [Route("/hello", hello), Route("/broken", broken), Route("/flag", flag), Route("/hangs", hangs)]
ROUTES += [Route("/echo", echo, methods=["POST"])]
HELLO = Answer(200, "text/plain", "hello")


@pytest.fixture
def app() -> Starlette:
    return Starlette(routes=ROUTES)


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    yield
    stop_all()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("servicelab-")] == []


def ends_with(service: Live) -> bool:
    """Whether nobody answers at the service's address any more."""
    try:
        httpx.get(service.url, trust_env=False)
    except httpx.ConnectError:
        return True
    return False


def test_a_service_answers_as_soon_as_it_has_been_started(app: Starlette) -> None:
    service = serve_live(app)
    assert service.get("/hello") == HELLO


def test_a_service_can_be_asked_over_the_network_by_any_client(app: Starlette) -> None:
    service = serve_live(app)
    response = httpx.get(f"{service.url}/hello", trust_env=False)
    assert (response.status_code, response.text) == (200, "hello")


def test_a_service_can_be_sent_something(app: Starlette) -> None:
    answer = serve_live(app).post("/echo", {"id": "e1"}, headers={"authorization": "Bearer test"})
    assert answer.json() == [{"id": "e1"}, "Bearer test"]


def test_stopping_frees_the_port_and_can_be_repeated(app: Starlette) -> None:
    service = serve_live(app)
    service.stop()
    service.stop()
    assert ends_with(service)
    assert serve_live(app, port=service.port).get("/hello") == HELLO


def test_starting_again_replaces_the_service_of_the_same_name(app: Starlette) -> None:
    first = serve_live(app)
    second = serve_live(app)
    assert (first.running, second.running) == (False, True)


def test_services_of_different_names_run_side_by_side(app: Starlette) -> None:
    services = [serve_live(app), serve_live(app, name="debug")]
    assert [service.get("/hello") for service in services] == [HELLO, HELLO]


def test_lifespan_is_entered_before_the_first_answer_and_left_at_the_stop() -> None:
    events = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        events.append("up")
        yield
        events.append("down")

    service = serve_live(Starlette(routes=ROUTES, lifespan=lifespan))
    assert events == ["up"]
    service.stop()
    assert events == ["up", "down"]


def test_what_a_cell_changes_is_seen_by_the_service(app: Starlette) -> None:
    service = serve_live(app)
    seen = []
    for value in (True, False):
        app.state.flag = value
        seen.append(service.get("/flag").json())
    assert seen == [True, False]


def test_call_runs_a_function_inside_the_trio_of_the_service(app: Starlette) -> None:
    service = serve_live(app)

    async def where() -> str:
        await trio.lowlevel.checkpoint()
        return threading.current_thread().name

    assert service.call(where) == "servicelab-service"


def test_an_exception_of_a_route_is_a_500_and_one_line_in_the_log(
    app: Starlette, caplog: pytest.LogCaptureFixture
) -> None:
    service = serve_live(app)
    assert service.get("/broken").status == 500
    assert service.get("/hello") == HELLO
    [record] = caplog.records
    assert record.getMessage().startswith("GET /broken answered 500: ValueError: no such event (in `broken`, line ")


def test_an_application_without_lifespan_and_starlette_is_served() -> None:
    async def bare(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"hello"})

    assert serve_live(bare).get("/") == HELLO


def test_an_exception_before_any_answer_is_a_500_without_starlette_too() -> None:
    async def bare(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("always")

    assert serve_live(bare).get("/").status == 500


def test_a_taken_port_is_told_with_a_way_out(app: Starlette) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=rf"^port {port} is in use: .*leave port out to get a free one$"):
            serve_live(app, port=port)


async def open_database() -> None:
    raise OSError("no database")


def test_a_failed_start_up_is_told_in_the_cell() -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await open_database()
        yield

    with pytest.raises(ServiceError, match=r"^the application failed in its start-up: OSError: no database; mend"):
        serve_live(Starlette(lifespan=lifespan))


def test_an_exercise_that_a_route_waits_for_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async def unwritten(request: Request) -> Response:
        raise NotImplementedError("Exercise 2.4: status_of")

    service = serve_live(Starlette(routes=[Route("/", unwritten)]))
    assert service.get("/").status == 500
    assert service.get("/other").status == 404  # it logs when it has answered
    [record] = caplog.records
    assert record.getMessage().startswith(
        "GET / answered 500: the service waits for exercise 2.4: status_of. Write that"
    )


async def not_written() -> None:
    raise NotImplementedError("Exercise 4.2: Dispatcher.__init__")


@pytest.mark.parametrize(
    ("fails", "told"),
    [
        (open_database, r"^the application failed in its start-up: OSError: no database; mend"),
        (
            not_written,
            r"^the service waits for exercise 4\.2: Dispatcher\.__init__\. Write that, run its cell, then run",
        ),
    ],
)
def test_a_start_up_that_fails_in_a_nursery_is_told_by_what_failed(
    fails: Callable[[], Awaitable[None]], told: str
) -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails)
            await trio.sleep_forever()
            yield

    with pytest.raises(ServiceError, match=told):
        serve_live(Starlette(lifespan=lifespan))


@pytest.mark.parametrize(
    ("fails", "told"),
    [
        (open_database, r"^the service has ended: OSError: no database \(in `open_database`, line \d+\); run its cell"),
        (not_written, r"^the service waits for exercise 4\.2: Dispatcher\.__init__\. Write that"),
    ],
)
def test_a_service_that_has_ended_by_itself_says_why(fails: Callable[[], Awaitable[None]], told: str) -> None:
    now = trio.Event()

    async def fails_later() -> None:
        await now.wait()
        await fails()

    async def let_it_fail() -> None:
        now.set()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails_later)
            yield

    service = serve_live(Starlette(lifespan=lifespan))
    service.call(let_it_fail)
    service._thread.join(5)
    with pytest.raises(ServiceError, match=told):
        service.get("/")


def test_what_is_no_application_is_refused() -> None:
    with pytest.raises(ServiceError, match=r"^expected an application, as create_app returns it, not None$"):
        serve_live(None)  # type: ignore[arg-type]


def test_asking_a_stopped_service_says_what_to_do(app: Starlette) -> None:
    service = serve_live(app)
    service.stop()
    with pytest.raises(ServiceError, match=r"^the service is not running: run the cell with serve_live again$"):
        service.get("/hello")


def test_a_route_that_hangs_is_told_as_such(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servicelab.live.STOP_TIMEOUT_S", 0.1)
    service = serve_live(app)
    with pytest.raises(ServiceError, match=r"^no answer to /hangs within 0.05 s: what does the route wait for\?$"):
        service.get("/hangs", timeout=0.05)


def test_no_text_form_holds_the_port(app: Starlette) -> None:
    service = serve_live(app)
    command = service.curl("/readyz")
    assert command == f"curl -i {service.url}/readyz"
    assert service.curl("/echo", "-d 1").stored == "curl -i -d 1 http://127.0.0.1:PORT/echo"
    assert (repr(service), command.stored) == ("<service: running>", "curl -i http://127.0.0.1:PORT/readyz")
    assert isinstance(command, Command)


def test_a_service_ends_with_its_process() -> None:
    program = (
        "from servicelab.live import serve_live\n"
        "from starlette.applications import Starlette\n"
        "from contextlib import asynccontextmanager\n"
        "@asynccontextmanager\n"
        "async def lifespan(app):\n"
        "    yield\n"
        "    print('left', flush=True)\n"
        "print(serve_live(Starlette(lifespan=lifespan)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "<service: running>\nleft\n"


def test_a_check_beside_a_busy_service_takes_the_schedule_that_it_takes_alone(app: Starlette) -> None:
    """The scheduler of a check must not take hold of another thread's trio."""

    async def three_tasks() -> list[int]:
        seen: list[int] = []

        async def child(number: int) -> None:
            for _ in range(3):
                await trio.lowlevel.checkpoint()
                seen.append(number)

        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(child, number)
        return seen

    picks = [1, 2, 0, 1, 1, 0, 2]
    alone = schedules.run_once(three_tasks, picks=picks)
    service = serve_live(app)
    done = threading.Event()
    answers: list[Answer] = []

    def ask() -> None:
        while not done.is_set():
            answers.append(service.get("/hello"))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        beside = {schedules.run_once(three_tasks, picks=picks).trace for _ in range(300)}
    finally:
        done.set()
        asking.join()
    assert beside == {alone.trace}
    assert set(answers) == {HELLO}


async def in_memory(app: Starlette, path: str) -> Answer:
    return await get(app, path)


def test_get_asks_in_memory_and_in_virtual_time() -> None:
    async def slow(request: Request) -> Response:
        await trio.sleep(3600)
        return JSONResponse({"at": trio.current_time()})

    run = schedules.run_once(in_memory, Starlette(routes=[Route("/slow", slow)]), "/slow")
    assert (run.value.json(), run.end_s) == ({"at": 3600.0}, 3600.0)


def test_get_takes_parameters_off_the_media_type(app: Starlette) -> None:
    assert schedules.run_once(in_memory, app, "/hello").value == HELLO


def test_get_raises_what_leaves_the_application(app: Starlette) -> None:
    run = schedules.run_once(in_memory, app, "/broken")
    assert repr(run.error) == "ValueError('no such event')"
