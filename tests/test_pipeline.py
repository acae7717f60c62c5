"""`servicelab.service.pipeline` with the reference queue and workers: what was accepted is accounted for, always."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing

from servicelab.assemble import assemble
from servicelab.cell_import import load
from servicelab.service.config import Config
from servicelab.service.parts import Parts
from servicelab.service.pipeline import Pipeline

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 1000


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModuleType]:
    return load(assemble(ROOT / "solutions", tmp_path_factory.mktemp("service")))


class MoodyStore:
    """Takes its time and fails now and then; keeps what came."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self.stored: list[str] = []
        self.failed: list[str] = []

    async def write(self, event: dict[str, Any]) -> None:
        await trio.sleep(self._source.choice([0, 0.5, 1, 3, 30]))
        if self._source.random() < 0.2:
            self.failed.append(event["id"])
            raise ConnectionError("down")
        self.stored.append(event["id"])

    async def ping(self) -> None:
        await trio.lowlevel.checkpoint()


async def one_life(parts: Parts, seed: int) -> tuple[list[str], list[str], MoodyStore, Any]:
    """Clients come, the service is stopped at some time with some grace: what was accepted, what was given back."""
    source = random.Random(seed)
    accepted: list[str] = []
    config = Config(workers=source.randint(1, 3), queue=source.randint(1, 5), patience=source.choice([0.0, 0.5, 2.0]))
    store = MoodyStore(source)
    pipeline = Pipeline(parts, config, store)

    async def client(number: int) -> None:
        await trio.sleep(source.choice([0, 0.25, 1, 2, 5]))
        with trio.move_on_after(source.choice([0, 1, 100])):
            try:
                await pipeline.accept({"id": f"e-{number}"})
            except Exception as error:
                assert type(error).__name__ in ("Overloaded", "ShuttingDown", "PoolClosed", "ConnectionError")  # noqa: PT017
                return
            accepted.append(f"e-{number}")

    async with pipeline.running(), trio.open_nursery() as nursery:
        for number in range(source.randint(1, 12)):
            nursery.start_soon(client, number)
        await trio.sleep(source.choice([0, 0.5, 1, 2, 4, 10]))
        left = await pipeline.shutdown(source.choice([0, 0.5, 1, 5, 100]))
        again = await pipeline.shutdown(0)
        assert again == left
    return accepted, [event["id"] for event in left], store, pipeline.statistics()


@pytest.mark.parametrize("without", [(), ("admission",)], ids=["queue and workers", "workers alone"])
def test_accepted_is_done_or_failed_or_given_back_in_every_life(
    modules: dict[str, ModuleType], without: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    parts = Parts({name: module for name, module in modules.items() if name not in without})
    outcomes: Counter[str] = Counter()
    for seed in range(ROUNDS):
        caplog.clear()
        clock = trio.testing.MockClock(autojump_threshold=0)
        accepted, left, store, statistics = trio.run(partial(one_life, parts, seed), clock=clock)
        assert sorted(accepted) == sorted([*store.stored, *store.failed, *left]), f"seed {seed}"
        assert statistics.done + statistics.failed == len(store.stored) + len(store.failed), f"seed {seed}"
        outcomes.update(stored=len(store.stored), failed=len(store.failed), given_back=len(left))
    assert min(outcomes.values()) > 100, outcomes
