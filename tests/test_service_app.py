"""`servicelab.service.app` in memory and virtual time: with all parts of the reference solutions, and without each."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import trio
import trio.testing

from servicelab.assemble import Missing, assemble
from servicelab.cell_import import load
from servicelab.service.app import Service
from servicelab.service.config import Config
from servicelab.service.main import pipeline_of
from servicelab.service.parts import WITHOUT, Parts, told
from servicelab.service.store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
EVENT = {"id": "e-1", "type": "click", "timestamp": 1.7e9, "params": {}}
ENVELOPE = {"header": {"session_id": "s-1", "user_id": "ann"}, "events": [EVENT]}
BODY = {"/process": EVENT, "/events": ENVELOPE}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModuleType]:
    return load(assemble(ROOT / "solutions", tmp_path_factory.mktemp("service")))


def parts_without(modules: dict[str, ModuleType], *names: str) -> Parts:
    """The parts, as if the exercises that define these names were not solved."""
    left = {
        module: SimpleNamespace(**{name: part for name, part in vars(code).items() if name not in names})
        for module, code in modules.items()
    }
    return Parts(left)


def talk(parts: Parts, conversation: Callable[[httpx.AsyncClient, Service], Awaitable[Any]], **settings: Any) -> Any:
    """Have a conversation with the service, in virtual time."""

    async def main() -> Any:
        config = Config(**settings)
        store = MemoryStore(config)
        pipeline = pipeline_of(parts, config, store)
        async with pipeline.running(), trio.open_nursery() as background:
            service = Service(parts, config, store, pipeline, background)
            if hasattr(service.readiness, "mark_started"):
                service.readiness.mark_started()
            transport = httpx.ASGITransport(app=service.asgi())
            headers = {"authorization": "Bearer test"}
            async with httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers) as client:
                return await conversation(client, service)

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def statuses(client: httpx.AsyncClient, service: Service) -> list[int]:
    return [
        (await client.get("/healthz")).status_code,
        (await client.get("/readyz")).status_code,
        (await client.post("/process", json=EVENT)).status_code,
        (await client.post("/events", json=ENVELOPE)).status_code,
        (await client.get("/stats")).status_code,
    ]


def test_with_everything_solved_every_route_answers(modules: dict[str, ModuleType]) -> None:
    assert talk(parts_without(modules), statuses) == [200, 200, 200, 202, 200]


@pytest.mark.parametrize("name", [*WITHOUT, "create_app", "Steps"])
def test_whatever_single_part_is_missing_the_rest_works(modules: dict[str, ModuleType], name: str) -> None:
    expected = [200, 200, 200, 202, 200]
    for route, absent in {"healthz": 0, "Readiness": 1, "process": 2, "Steps": 2}.items():
        if name == route:
            expected[absent] = 404
    assert talk(parts_without(modules, name), statuses) == expected


def test_with_nothing_solved_events_are_still_stored(modules: dict[str, ModuleType]) -> None:
    assert talk(Parts({}), statuses) == [404, 404, 404, 202, 200]


def test_what_is_missing_is_told_with_its_consequence() -> None:
    missing = [
        Missing("04-backpressure", "4.2", ("Dispatcher",), "is not solved yet"),
        Missing("05-profiling", "5.1", ("debug_app", "serve_debug"), "is not solved yet"),
        Missing("00-first-nursery", "0.1", ("gather",), "is not solved yet"),
    ]
    assert list(told(missing)) == [
        "exercise 4.2 (Dispatcher) is not solved yet: the service runs without a bounded queue",
        "exercise 5.1 (debug_app, serve_debug) is not solved yet: the service runs without a debug port",
        "exercise 0.1 (gather) is not solved yet",
    ]


def test_a_request_waits_for_a_ticket_only_so_long(modules: dict[str, ModuleType]) -> None:
    async def two_at_once(client: httpx.AsyncClient, service: Service) -> list[Any]:
        seen: list[Any] = []

        async def ask(wait: float) -> None:
            await trio.sleep(wait)
            answer = await client.post("/process", json=EVENT)
            seen.append((answer.status_code, round(trio.current_time(), 3)))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, 0)
            nursery.start_soon(ask, 0.5)
        return [*seen, service.tickets.free()]

    settings = {"tickets": 1, "patience": 0.25, "store_latency": 1.0}
    assert talk(parts_without(modules), two_at_once, **settings) == [(503, 0.75), (200, 1.0), 1]


@pytest.mark.parametrize("without", [(), ("Exchange",)], ids=["lab 10", "labs 03 and 04"])
def test_a_full_queue_is_a_503_that_says_when_to_come_back(
    modules: dict[str, ModuleType], without: tuple[str, ...]
) -> None:
    async def too_many(client: httpx.AsyncClient, service: Service) -> httpx.Response:
        for _ in range(100):
            answer = await client.post("/events", json=ENVELOPE)
            if answer.status_code != 202:
                break
        return answer

    bounds = {"queue": 2, "capacity": 2, "workers": 1, "patience": 0.0, "store_latency": 1000.0}
    answer = talk(parts_without(modules, *without), too_many, **bounds)
    assert (answer.status_code, answer.json()) == (503, {"error": "overloaded"})
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("path", "error"), [("/process", "auth exceeded 1.0 s"), ("/events", "request exceeded 2.0 s")]
)
def test_slow_authentication_ends_at_the_innermost_deadline_that_is_there(
    modules: dict[str, ModuleType], path: str, error: str
) -> None:
    async def ask(client: httpx.AsyncClient, service: Service) -> tuple[int, Any]:
        answer = await client.post(path, json=BODY[path])
        return answer.status_code, answer.json()

    assert talk(parts_without(modules), ask, slow_auth=True) == (504, {"error": error})


def test_a_bad_event_is_refused_by_its_id_and_the_others_are_accepted(modules: dict[str, ModuleType]) -> None:
    async def post(client: httpx.AsyncClient, service: Service) -> list[Any]:
        bad = {**EVENT, "id": "e-2", "timestamp": "yesterday"}
        answers = [
            await client.post("/events", json={**ENVELOPE, "events": events}) for events in ([EVENT, bad], [bad])
        ]
        answers.append(await client.post("/events", json={**ENVELOPE, "events": [EVENT] * 4}))
        return [(answer.status_code, answer.json()) for answer in answers]

    one, none, many = talk(parts_without(modules), post, capacity=3)
    [reason] = one[1]["refused"]
    assert (one[0], one[1]["accepted"], "e-2" in reason) == (202, 1, True)
    assert none == (400, {"error": "every event was refused", "refused": [reason]})
    assert many == (413, {"error": "expected at most 3 events, not 4"})


def test_readiness_follows_the_connection_to_the_store(modules: dict[str, ModuleType]) -> None:
    async def look(client: httpx.AsyncClient, service: Service) -> Any:
        await trio.sleep(1)
        return (await client.get("/readyz")).json()["checks"]

    assert talk(parts_without(modules), look) == {"store": "up", "sink": "up"}
    failed = "failed: ConnectionError"
    assert talk(parts_without(modules), look, db_failure=True) == {"store": failed, "sink": failed}
