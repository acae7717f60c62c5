"""Connections to where events are stored for good, a batch at a time: the small protocol that every store has.

SQLite is the default, in a worker thread; without a file, events are counted and forgotten. Another store needs a
`write` and a `wait_closed`, and a place in `connect`.
"""

from __future__ import annotations

import json
import sqlite3
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import trio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .config import Config


BUSY_S = 1.0
"""How long a write waits for another process that has the file."""
ROWS = 100
"""How many rows a statement inserts: `executemany` gives the interpreter's lock away and takes it back for each row."""

_encode = msgspec.json.Encoder().encode


class Link(Protocol):
    """A connection to a store, as lab 10's `Connection` wants it."""

    async def write(self, events: Sequence[Any]) -> None:
        """Return when all events are stored; if it raises, none of them is."""

    async def wait_closed(self) -> None:
        """Return or raise when the connection is lost."""


class _Link:
    """The part that all links share: how slow the store is, whether it fails, and that it is lost after a failure."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lost = trio.Event()

    async def write(self, events: Sequence[Any]) -> None:
        """Store a batch; a failure loses the connection."""
        try:
            if self._config.store_latency:
                await trio.sleep(self._config.store_latency)
            if self._config.db_failure:
                raise ConnectionError("DB_FAILURE is set")
            await self._store(events)
        except Exception:
            self._lost.set()
            raise

    async def _store(self, events: Sequence[Any]) -> None:
        """Forget them, without a checkpoint: that is a round of the loop, which brings more than a batch."""

    async def wait_closed(self) -> None:
        """Return when a write has failed."""
        await self._lost.wait()


class SqliteLink(_Link):
    """Writes a batch in one transaction; an event with a known id is replaced, so that a repeated one does no harm."""

    def __init__(self, config: Config, database: sqlite3.Connection) -> None:
        super().__init__(config)
        self._database = database

    async def _store(self, events: Sequence[Any]) -> None:
        await trio.to_thread.run_sync(self._insert, events)

    def _insert(self, events: Sequence[Any]) -> None:
        values = [value for event in events for value in row_of(event)]
        with self._database:
            for start in range(0, len(values), 2 * ROWS):
                some = values[start : start + 2 * ROWS]
                self._database.execute(_insertion(len(some) // 2), some)


@lru_cache
def _insertion(rows: int) -> str:
    return "INSERT OR REPLACE INTO events VALUES " + ", ".join(["(?, ?)"] * rows)


def row_of(event: Any) -> tuple[str, str]:
    """The row of an event: its id, and the whole as JSON."""
    try:
        return field(event, "id"), _encode(as_dict(event)).decode()
    except (ValueError, TypeError, RecursionError):  # half of a surrogate pair, say: it must not hold up the others
        name: str = field(event, "id")
        return name.encode("utf-8", "backslashreplace").decode(), json.dumps(as_dict(event), default=str)


def open_database(path: str) -> sqlite3.Connection:
    """Open the SQLite file and make its table; for any thread, one at a time."""
    database = sqlite3.connect(path, check_same_thread=False, timeout=BUSY_S)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
    return database


async def connect(config: Config) -> Link:
    """Connect to the store that the configuration names.

    Raises:
        ConnectionError: if the store fails.
    """
    if config.db_failure:
        raise ConnectionError("DB_FAILURE is set")
    if not config.database:
        return _Link(config)
    return SqliteLink(config, await trio.to_thread.run_sync(open_database, config.database))


def field(event: Any, name: str) -> Any:
    """A field of an event, which may be an object or a plain dict: labs may choose."""
    return event[name] if isinstance(event, dict) else getattr(event, name)


def as_dict(event: Any) -> dict[str, Any]:
    """An event as JSON has it."""
    if isinstance(event, dict):
        return {name: event[name] for name in ("id", "type", "timestamp", "params")}
    return {"id": event.id, "type": event.type, "timestamp": event.timestamp, "params": event.params}
