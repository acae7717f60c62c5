"""Where events end up: a list in memory, or a table of SQLite."""

from __future__ import annotations

import json
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import trio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from .config import Config

    InThread = Callable[..., Awaitable[Any]]

Event = dict[str, Any]


class Store(Protocol):
    """What the service needs of a store."""

    async def write(self, event: Event) -> None:
        """Return when the event is stored."""

    async def ping(self) -> None:
        """Return if the store would work, raise if not."""


class _Slow:
    """The part that all stores share: so many writes at once, each so slow, all failing if the switch says so."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._connections = trio.CapacityLimiter(config.store_connections)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[None]:
        async with self._connections:
            if self._config.store_latency:
                await trio.sleep(self._config.store_latency)
            if self._config.db_failure:
                raise ConnectionError("DB_FAILURE is set")
            yield

    async def ping(self) -> None:
        """Fail if the switch says so."""
        await trio.lowlevel.checkpoint()
        if self._config.db_failure:
            raise ConnectionError("DB_FAILURE is set")


class MemoryStore(_Slow):
    """Keeps the latest events in memory.

    Attributes:
        written: how many have been written in all.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.written = 0

    async def write(self, event: Event) -> None:
        """Count the event."""
        async with self._connection():
            self.written += 1


class SqliteStore(_Slow):
    """Writes each event into a table, by its id; one thread at a time.

    Args:
        config: the file and how slow it is.
        in_thread: as lab 02 has it: `await in_thread(fn, *args, limiter=..., timeout=...)`.
    """

    def __init__(self, config: Config, in_thread: InThread) -> None:
        super().__init__(config)
        self._in_thread = in_thread
        self._one = trio.CapacityLimiter(1)
        self._database = sqlite3.connect(config.database, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, body TEXT NOT NULL)")

    async def write(self, event: Event) -> None:
        """Insert the event; one with the same id is replaced."""
        async with self._connection():
            await self._in_thread(self._insert, event, limiter=self._one, timeout=self._config.store_cap)

    def _insert(self, event: Event) -> None:
        self._database.execute("INSERT OR REPLACE INTO events VALUES (?, ?)", (str(event["id"]), json.dumps(event)))


async def plain_in_thread(fn: Callable[..., Any], *args: Any, limiter: trio.CapacityLimiter, timeout: float) -> Any:
    """Run a function in a thread, without a time-out: what there is until exercise 2.6 is solved."""
    return await trio.to_thread.run_sync(fn, *args, limiter=limiter)


def open_store(config: Config, in_thread: InThread | None) -> MemoryStore | SqliteStore:
    """Open the store that the configuration names."""
    if not config.database:
        return MemoryStore(config)
    return SqliteStore(config, in_thread or plain_in_thread)
