"""What passes through a service is counted, and shown while it runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import trio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from servicelab import run
from servicelab.client import get
from servicelab.dashboard import Dashboard, dashboard
from servicelab.live import stop_all
from servicelab.meter import RECENT_S, Meter, Reading

from .shells import bare_shell


async def slow(request: Request) -> Response:
    await trio.sleep(float(request.path_params["seconds"]))
    return PlainTextResponse("done", status_code=int(request.query_params.get("status", 200)))


APP = Starlette(routes=[Route("/slow/{seconds}", slow)])


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    yield
    stop_all()


def test_a_meter_counts_answers_and_how_long_they_took():
    async def main() -> Reading:
        meter = Meter(APP)
        for seconds in (0.1, 0.2, 0.3):
            await get(meter, f"/slow/{seconds}")
        await get(meter, "/slow/0?status=503")
        return meter.read()

    read = run(main, draw=False)
    assert (read.rate, read.statuses, read.in_flight) == (4 / RECENT_S, {"2xx": 3, "5xx": 1}, 0)
    assert {share: round(value) for share, value in read.latency_ms.items()} == {50: 100, 90: 300, 99: 300}


def test_a_meter_tells_what_is_under_way_and_what_was_given_up():
    async def main() -> list[tuple[int, dict[str, int]]]:
        meter, seen = Meter(APP), []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(get, meter, "/slow/9")
            await trio.sleep(1)
            seen.append((meter.read().in_flight, meter.read().statuses))
            nursery.cancel_scope.cancel()
        seen.append((meter.read().in_flight, meter.read().statuses))
        return seen

    assert run(main, draw=False) == [(1, {}), (0, {"gone": 1})]


def test_a_meter_forgets():
    async def main() -> Reading:
        meter = Meter(APP)
        await get(meter, "/slow/0")
        await trio.sleep(RECENT_S)
        return meter.read()

    assert run(main, draw=False) == Reading(at_s=RECENT_S)


def test_a_dashboard_shows_a_real_service_its_gauges_and_switches():
    mood = ["calm"]

    def turn(option: str) -> None:
        mood[:] = [option, threading.current_thread().name]

    def broken() -> None:
        raise LookupError

    gauges = {"tickets free": lambda: 3, "ready": lambda: True, "breaker": lambda: mood[0], "nothing": broken}
    board = Dashboard(APP, gauges, {"mood": (turn, ["calm", "wild"])}, "service")
    assert "is stopped" in board.html()
    live = board.start()
    assert live.get("/slow/0").status == 200
    widget = board.widget()
    _, moods, picture = widget.children
    board.look()
    board.look()
    shown = board.html()
    assert picture.value != ""
    for part in ("0.2 answers a second", "1 2xx", "tickets free", ">yes<", ">calm<", "LookupError", live.url):
        assert part in shown
    moods.value = "wild"
    assert mood == ["wild", "servicelab-service"]
    board.stop()
    assert "is stopped" in board.html()
    assert board.start().port == live.port


def test_what_is_stored_of_a_dashboard_has_no_figures(capsys):
    with bare_shell():
        dashboard(APP, gauges={"queue": lambda: 7}, switches={"database": (print, ["works", "hangs"])})
    assert capsys.readouterr().out == (
        "Dashboard of the service: rate, latency, in flight\ngauges: queue\ndatabase: works | hangs\nstart | stop\n"
    )
