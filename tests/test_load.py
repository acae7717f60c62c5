"""`servicelab.load`: an open-loop load generator, in virtual time against a server of our own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from servicelab.load import LoadError, Report, Target, generate
from servicelab.server import Server
from tests.http_client import answer, application, read_body

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


def loaded(app: ASGIApp, *, rate: float, seconds: float, path: str = "/process", patience: float = 10.0) -> Report:
    """What the generator reports of an application, in virtual time."""

    async def main() -> Report:
        server = Server(app)
        async with trio.open_nursery() as nursery:
            port = await nursery.start(server.serve, "127.0.0.1", 0)
            target = Target.of(f"http://127.0.0.1:{port}{path}")
            report = await generate(target, rate=rate, seconds=seconds, patience=patience)
            nursery.cancel_scope.cancel()
        return report

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0.005))


class Slow:
    """Answers after `seconds`, `capacity` requests at a time; keeps the bodies."""

    def __init__(self, seconds: float, capacity: int = 1000) -> None:
        self.seconds, self.limiter = seconds, trio.CapacityLimiter(capacity)
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append(await read_body(receive))
        async with self.limiter:
            await trio.sleep(self.seconds)
        await answer(send)


def test_every_request_is_sent_at_its_time_and_counted() -> None:
    app = Slow(0.25)
    report = loaded(application(app), rate=4, seconds=2.5)
    assert (report.offered, report.statuses, report.errors, report.goodput) == (10, {200: 10}, {}, 4.0)
    assert set(report.latency_ms) == {"50", "90", "99", "99.9"}
    assert set(report.latency_ms.values()) == {250.0}
    assert [body.startswith(b'{"id": "e-') for body in app.bodies] == [True] * 10
    assert len(set(app.bodies)) == 10


def test_a_service_that_falls_behind_shows_in_the_latency() -> None:
    report = loaded(application(Slow(1, capacity=1)), rate=2, seconds=5)
    assert (report.latency_ms["50"], report.latency_ms["99"]) == (3000.0, 5500.0)


def test_refusals_are_no_goodput_and_answers_that_do_not_come_are_errors() -> None:
    async def moody(scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        if b'"e-1"' in body:
            await trio.sleep_forever()
        await answer(send, status=503 if b'"e-2"' in body else 202)

    report = loaded(application(moody), rate=1, seconds=4, path="/events", patience=3)
    assert (report.statuses, report.errors, report.goodput) == ({202: 2, 503: 1}, {"no answer in time": 1}, 0.5)


def test_other_paths_are_read() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, status=200 if (scope["method"], scope["path"]) == ("GET", "/healthz") else 404)

    assert loaded(application(app), rate=1, seconds=2, path="/healthz").statuses == {200: 2}


def test_nobody_there_is_an_error_of_each_request() -> None:
    target = Target.of("http://127.0.0.1:9/healthz")
    clock = trio.testing.MockClock(autojump_threshold=0.005)
    report = trio.run(partial(generate, target, rate=1, seconds=2), clock=clock)
    assert (report.statuses, report.errors, report.latency_ms) == ({}, {"no connection": 2}, {})
    assert "errors    no connection: 2" in report.text()


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "https://127.0.0.1", "http://:80/", "http://127.0.0.1:99999/"])
def test_what_is_no_url_of_a_service_is_refused(url: str) -> None:
    with pytest.raises(LoadError, match=r"^expected a URL such as http://127.0.0.1:8080/process, not '"):
        Target.of(url)
