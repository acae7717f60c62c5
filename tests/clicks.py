"""A counter that loses updates in some orders and not in others, to be filmed and played with."""

from __future__ import annotations

import trio


class Store:
    """Answers at once, and lets others go on meanwhile."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    async def get(self) -> int:
        await trio.lowlevel.checkpoint()
        return self.counts.get("clicks", 0)

    async def set(self, value: int) -> None:
        await trio.lowlevel.checkpoint()
        self.counts["clicks"] = value


class RacyCounter:
    def __init__(self, store: Store) -> None:
        self.store = store

    async def add(self) -> None:
        count = await self.store.get()
        await self.store.set(count + 1)


class LockedCounter(RacyCounter):
    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.lock = trio.Lock()

    async def add(self) -> None:
        async with self.lock:
            await super().add()


async def counted(kind: type[RacyCounter]) -> dict[str, int]:
    store = Store()
    counter = kind(store)
    async with trio.open_nursery() as tasks:
        tasks.start_soon(counter.add, name="first")
        tasks.start_soon(counter.add, name="second")
    return store.counts


async def racy() -> None:
    assert await counted(RacyCounter) == {"clicks": 2}, "both clicks are counted"


async def locked() -> None:
    assert await counted(LockedCounter) == {"clicks": 2}, "both clicks are counted"
