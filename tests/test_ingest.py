"""`servicelab.service.ingest` with the reference parts: what was accepted is stored once or given back, always."""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from servicelab.assemble import assemble
from servicelab.cell_import import load
from servicelab.schedules import dictated, run_once
from servicelab.service.config import Config
from servicelab.service.ingest import Closed, Full, Ingest
from servicelab.service.links import field
from servicelab.service.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
LIVES = 300
OUTAGE_S = 30
NAMED = "an event was accepted and not stored"


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModuleType]:
    return load(assemble(ROOT / "solutions", tmp_path_factory.mktemp("service")))


def without(modules: dict[str, ModuleType], *names: str) -> Parts:
    """The parts of lab 10, as if the exercises that define these names were not solved."""
    left = {name: part for name, part in vars(modules["ingest"]).items() if name not in names}
    return Parts({"ingest": SimpleNamespace(**left)})


def body(*names: str) -> bytes:
    """The body of a request."""
    events = [{"id": name, "type": "order.paid", "timestamp": 0, "params": {}} for name in names]
    return json.dumps({"header": {}, "events": events}).encode()


class MoodyStore:
    """A store that is slow, is down for a while, and loses connections in the middle of a write; keeps what came."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._down = source.choice([1, 5, 200])
        self.stored: list[str] = []

    @property
    def down(self) -> bool:
        return self._down <= trio.current_time() < self._down + OUTAGE_S

    async def connect(self) -> MoodyLink:
        await trio.sleep(self._source.choice([0, 0.5]))
        if self.down:
            raise ConnectionError("refused")
        return MoodyLink(self, self._source)


class MoodyLink:
    """A connection to it."""

    def __init__(self, store: MoodyStore, source: random.Random) -> None:
        self._store, self._source, self._lost = store, source, trio.Event()

    async def write(self, events: Sequence[Any]) -> None:
        await trio.sleep(self._source.choice([0, 0.25, 2]))
        if self._lost.is_set() or self._store.down or self._source.random() < 0.2:
            self._lost.set()
            raise ConnectionError("reset")
        self._store.stored += [field(event, "id") for event in events]

    async def wait_closed(self) -> None:
        with trio.move_on_after(self._source.choice([3, 1000])):
            await self._lost.wait()
        self._lost.set()


def bounds_of(source: random.Random, **more: Any) -> Config:
    """Small bounds, so that all of them are met."""
    return Config(
        capacity=source.randint(2, 6),
        batch=source.randint(1, 4),
        interval=source.choice([0.2, 3.0]),
        consumers=source.randint(1, 2),
        patience=source.choice([0.0, 0.5, 2.0]),
        **more,
    )


async def client(ingest: Ingest, source: random.Random, number: int, told: Callable[[list[str]], object]) -> None:
    """Post a body at some time, and tell whose events were accepted, unless it has gone away by then."""
    names = [f"e-{number}-{part}" for part in range(source.randint(1, 2))]
    await trio.sleep(source.choice([0, 0.25, 1, 4, 10]))
    with trio.move_on_after(source.choice([0.125, 1, 100])):
        try:
            await ingest.accept(body(*names))
        except (Full, Closed):
            return
        told(names)


async def one_life(parts: Parts, seed: int) -> tuple[list[str], list[str], list[str]]:
    """Clients come and go, the service is stopped at some time with some grace: accepted, stored, given back."""
    source = random.Random(seed)
    store, accepted = MoodyStore(source), list[str]()
    ingest = Ingest(parts, bounds_of(source), store.connect)
    async with ingest.running():
        async with trio.open_nursery() as nursery:
            for number in range(source.randint(1, 12)):
                nursery.start_soon(client, ingest, source, number, accepted.extend)
            await trio.sleep(source.choice([0, 1, 4, 20, 60]))
            left = await ingest.shutdown(source.choice([0, 1, 5, 100]))
            assert await ingest.shutdown(0) == left
        assert ingest.statistics().accepted == len(accepted)
    return accepted, store.stored, [event["id"] for event in left]


@pytest.mark.parametrize("missing", [(), ("Connection",), ("decode",)], ids=["all", "no connection", "no decode"])
def test_what_was_accepted_is_stored_once_or_given_back_in_every_life(
    modules: dict[str, ModuleType], missing: tuple[str, ...]
) -> None:
    parts, outcomes = without(modules, *missing), Counter[str]()
    for seed, picks in enumerate(dictated(LIVES, seed=1)):
        run = run_once(partial(one_life, parts, seed), picks=picks)
        assert (run.error, run.problems) == (None, ()), f"seed {seed}"
        accepted, stored, left = run.value
        assert sorted([*stored, *left]) == sorted(accepted), f"seed {seed}"
        outcomes.update(stored=len(stored), given_back=len(left))
    assert min(outcomes.values()) > 50, outcomes


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=None), max_size=4)
anything = st.recursive(plain, lambda some: st.lists(some) | st.dictionaries(st.text(max_size=3), some), max_leaves=5)
events = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(max_size=3) | anything,
        "type": st.just("click") | anything,
        "timestamp": st.integers() | st.floats() | anything,
        "params": st.dictionaries(st.text(max_size=3), anything) | anything,
        "more": anything,
    },
)
good = {"id": st.text(), "type": st.text(), "timestamp": st.integers() | st.floats(), "params": st.just({"a": 1})}
envelopes = st.fixed_dictionaries(
    {"header": st.just({}) | anything, "events": st.lists(events | st.fixed_dictionaries(good), max_size=3) | anything}
)


@given(envelope=envelopes | anything, partly=st.booleans())
def test_the_fast_way_to_read_a_body_and_the_careful_one_say_the_same(
    modules: dict[str, ModuleType], envelope: Any, partly: bool
) -> None:
    ingest, sent = modules["ingest"], json.dumps(envelope).encode()

    def said(read: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
        try:
            return repr(read(sent, *args, **kwargs))  # as text: nan is not equal to itself
        except ValueError as error:
            return f"{type(error).__name__}: {error}"

    assert said(ingest.decode, partial=partly) == said(ingest.decode_with_reasons, partly)


class Killed(BaseException):
    """What a task dies of in the middle of its work."""


def mortal(modules: dict[str, ModuleType], source: random.Random, victim: str) -> Parts:
    """The parts, with a sink that kills a consumer with an event, or the writer with a batch, in its hands."""
    lives = source.randint(1, 5)

    async def work(task: str, go_on: Callable[[Any], Awaitable[None]], thing: Any) -> None:
        nonlocal lives
        if task == victim:
            await trio.sleep(source.choice([0, 0.25]))
            lives -= 1
            if lives == 0:
                raise Killed
        await go_on(thing)

    class MortalSink(modules["ingest"].BatchSink):  # type: ignore[misc, name-defined]  # a class of the assembled labs
        def __init__(self, write: Callable[[Any], Awaitable[None]], **how: Any) -> None:
            super().__init__(partial(work, "writer", write), **how)

        async def put(self, item: Any) -> None:
            await work("consumer", super().put, item)

    return Parts({"ingest": SimpleNamespace(**{**vars(modules["ingest"]), "BatchSink": MortalSink})})


async def one_death(modules: dict[str, ModuleType], victim: str, seed: int) -> tuple[list[str], list[str]]:
    """Clients come and go until a task is killed, or all of it cancelled: accepted, stored."""
    source = random.Random(seed)
    store, accepted = MoodyStore(source), list[str]()
    ingest = Ingest(mortal(modules, source, victim), bounds_of(source), store.connect)
    with trio.CancelScope() as everything:
        try:
            async with ingest.running(), trio.open_nursery() as nursery:
                for number in range(12):
                    nursery.start_soon(client, ingest, source, number, accepted.extend)
                if victim == "all":
                    await trio.sleep(source.choice([0.125, 1, 4.25, 20]))
                    everything.cancel()
        except* Killed:
            pass
    return accepted, store.stored


@pytest.mark.parametrize("victim", ["consumer", "writer", "all"])
def test_a_task_that_is_killed_in_the_middle_of_a_batch_takes_no_event_out_of_sight(
    modules: dict[str, ModuleType], victim: str, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes = Counter[str]()
    for seed, picks in enumerate(dictated(LIVES, seed=2)):
        caplog.clear()
        run = run_once(partial(one_death, modules, victim, seed), picks=picks)
        assert (run.error, run.problems) == (None, ()), f"seed {seed}"
        accepted, stored = run.value
        named = [vars(record)["event_id"] for record in caplog.records if record.message == NAMED]
        assert sorted([*stored, *named]) == sorted(accepted), f"seed {seed}"
        outcomes.update(stored=len(stored), named=len(named))
    assert min(outcomes.values()) > 50, outcomes


async def one_confirmed_life(parts: Parts, seed: int) -> tuple[int, list[str], list[str]]:
    """Events that are answered when they are stored: how many were, which of them were not there yet; all stored."""
    source = random.Random(seed)
    store, confirmed, missing = MoodyStore(source), list[str](), list[str]()
    config = bounds_of(source, confirm=True, timeout=source.choice([2.0, 100.0]))
    ingest = Ingest(parts, config, store.connect)

    def look(names: list[str]) -> None:
        confirmed.extend(names)
        missing.extend(set(names) - set(store.stored))

    async with ingest.running(), trio.open_nursery() as nursery:
        for number in range(source.randint(1, 12)):
            nursery.start_soon(client, ingest, source, number, look)
        await trio.sleep(source.choice([1, 4, 20, 60]))
        await ingest.shutdown(source.choice([0, 1, 5, 100]))
    return len(confirmed), missing, store.stored


def test_what_was_confirmed_is_stored_at_that_moment_so_that_a_kill_at_any_moment_loses_nothing(
    modules: dict[str, ModuleType],
) -> None:
    parts, confirmed = without(modules), 0
    for seed, picks in enumerate(dictated(LIVES, seed=3)):
        run = run_once(partial(one_confirmed_life, parts, seed), picks=picks)
        assert (run.error, run.problems) == (None, ()), f"seed {seed}"
        count, missing, stored = run.value
        assert (missing, len(stored)) == ([], len(set(stored))), f"seed {seed}"
        confirmed += count
    assert confirmed > 50


def test_a_client_that_goes_away_takes_no_room_along(modules: dict[str, ModuleType]) -> None:
    async def main() -> tuple[int, int]:
        store = MoodyStore(random.Random(1))
        ingest = Ingest(without(modules), Config(capacity=2, patience=50.0, interval=0.2), store.connect)
        async with ingest.running():
            await ingest.accept(body("e-1", "e-2"))
            with trio.move_on_after(0.125):
                await ingest.accept(body("gone"))
            await trio.sleep(100)
            accepted, _ = await ingest.accept(body("e-3", "e-4"))
            return accepted, ingest.statistics().queued

    assert run_once(main).value == (2, 2)


def test_who_waits_for_room_gets_it_before_those_who_come_later(modules: dict[str, ModuleType]) -> None:
    async def write(events: Sequence[Any]) -> None:
        await trio.sleep(1)

    async def connect() -> SimpleNamespace:
        return SimpleNamespace(write=write, wait_closed=trio.sleep_forever)

    async def post(ingest: Ingest, taken: list[int], *names: str) -> None:
        with suppress(Full):
            await ingest.accept(body(*names))
            taken.append(len(names))

    async def main() -> list[int]:
        taken = list[int]()
        ingest = Ingest(without(modules), Config(capacity=4, batch=1, patience=8.0), connect)
        async with ingest.running(), trio.open_nursery() as nursery:
            await ingest.accept(body("e-1", "e-2", "e-3", "e-4"))
            await trio.sleep(0.125)
            nursery.start_soon(post, ingest, taken, "e-5", "e-6", "e-7")
            for number in range(20):  # each would find the room for one event that has come since the last
                await trio.sleep(0.5)
                nursery.start_soon(post, ingest, taken, f"later-{number}")
        return taken

    assert run_once(main).value[0] == 3
