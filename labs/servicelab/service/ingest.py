"""From a posted envelope to the store: the exchange, the sink and the connection of lab 10.

Theory of operation
===================
1. `accept` answers for the events of a body: once it returns, each of them is stored, or comes back from `shutdown`.
   `_open` holds those that are accepted and not stored. It is what bounds them: a body is taken whole when there is
   room for all of its events, and refused whole when there is none in time.
2. Room in `_open` is room in the exchange's queue, so `publish` does not wait, and the usual request costs no scope,
   no task and no step of the scheduler. This is the hot path: 10,000 requests a second leave 100 us for each.
   Who finds no room waits in a line. Without one, those who come later take the room that somebody has waited for:
   under load bodies are then refused although there is room for all of them in time.
3. That holds while the process lives. With `confirm`, `accept` returns only when its events are stored: what was
   answered outlives the process. Who gets no answer sends the event again; its id keeps it from being stored twice.
4. The order of leaving: the exchange first, its consumers still need the sink; then the sink, which writes the rest;
   the connection last. `shutdown` gives all of this a grace and cancels what is left. However it ends, by a task that
   dies or by a cancellation too, what was accepted and is not stored is named in the log.
5. To the outside this is a worker pool, as `pipeline` is: `serve` of lab 03 gets it in place of one.
"""

from __future__ import annotations

import json
import logging
import math
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import trio

from .links import as_dict, field

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from .config import Config
    from .links import Link
    from .parts import Parts

QUEUE = "store"
BACKOFF_S = (0.1, 5.0)
_log = logging.getLogger("service.ingest")


class Full(Exception):  # noqa: N818  # an answer, not a fault
    """Raised when there is no room for the events of a body within the patience, or they are not confirmed in time."""


class Closed(Exception):  # noqa: N818  # an answer, not a fault
    """Raised when the service is stopping."""


class TooMany(Exception):  # noqa: N818  # an answer, not a fault
    """Raised when a body has more events than there is ever room for."""


@dataclass(frozen=True)
class Statistics:
    """How many events were accepted, are stored, could not be handled, and are neither; as a worker pool tells it."""

    accepted: int
    done: int
    failed: int
    running: int
    queued: int


class Ingest:
    """Exchange, sink and connection; they live in `async with ingest.running():`.

    Args:
        parts: what the labs gave.
        config: bounds and times.
        connect: async function that connects to the store.
    """

    def __init__(self, parts: Parts, config: Config, connect: Callable[[], Awaitable[Link]]) -> None:
        self._config, self._connect = config, connect
        self._decode = parts.get("ingest", "decode") or plain_decode
        connection = parts.get("ingest", "Connection")
        self._connection = connection(connect, backoff=BACKOFF_S) if connection is not None else None
        self._link: Link | None = None
        self._sink = parts.get("ingest", "BatchSink")(
            self._write, size=config.batch, interval=config.interval, capacity=config.capacity, backoff=BACKOFF_S
        )
        self._exchange = parts.get("ingest", "Exchange")()
        self._exchange.queue(QUEUE, capacity=config.capacity, consumers=config.consumers, handler=self._sink.put)
        self._exchange.bind(QUEUE, "#")
        self._open: dict[int, Any] = {}
        self._accepted = self._stored = 0
        self._line = trio.Lock()  # held by the first of those who wait for room
        self._progress, self._stop, self._ended = trio.Event(), trio.Event(), trio.Event()
        self._scope = trio.CancelScope()
        self._left: list[Any] | None = None

    @staticmethod
    def solved(parts: Parts) -> bool:
        """Whether there is enough of lab 10: a queue and batches."""
        return None not in (parts.get("ingest", "Exchange"), parts.get("ingest", "BatchSink"))

    async def accept(self, body: bytes) -> tuple[int, list[str]]:
        """Take responsibility for the good events of a body.

        Returns:
            How many they are, and why the others were refused.

        Raises:
            ValueError: if the body is no envelope.
            Full, Closed, TooMany: if its events cannot be taken; then none of them is. With `confirm` also if they are
                not stored in time; then some may be stored all the same.
        """
        envelope, refused = self._decode(body, partial=True)
        events = envelope["events"] if isinstance(envelope, dict) else envelope.events
        if self._line.locked() or len(self._open) + len(events) > self._config.capacity:
            await self._wait_for_room(len(events))
        if self._stop.is_set():
            raise Closed("the service is stopping")
        await self._publish(events)
        if self._config.confirm:
            await self._wait_until_stored(events)
        return len(events), refused

    async def _wait_for_room(self, count: int) -> None:
        if count > self._config.capacity:
            raise TooMany(f"expected at most {self._config.capacity} events, not {count}")
        with trio.move_on_after(self._config.patience):
            async with self._line:
                while len(self._open) + count > self._config.capacity:
                    await self._progress.wait()
            return
        raise Full(f"no room for {count} events")

    async def _wait_until_stored(self, events: Any) -> None:
        with trio.move_on_after(self._config.timeout):
            while any(id(event) in self._open for event in events):
                if self._ended.is_set():
                    raise Closed("the service has stopped")
                await self._progress.wait()
            return
        raise Full(f"not stored within {self._config.timeout} s")

    async def _publish(self, events: Any) -> None:
        published = 0
        self._open.update(zip(map(id, events), events, strict=True))
        try:
            for event in events:
                await self._exchange.publish(field(event, "type"), event)
                published += 1
        finally:
            self._accepted += published
            for event in events[published:]:  # cut off in the middle: the rest was not accepted
                self._open.pop(id(event), None)

    async def _write(self, events: list[Any]) -> None:
        """Write a batch over the connection that there is; what the sink calls, and calls again if it raises."""
        try:
            link = await self._current()
            await link.write(events)
        except Exception as error:
            self._link = None
            _log.warning("a batch could not be written: %s", error, extra={"events": len(events)})
            raise
        self._stored += len(events)
        for key in map(id, events):
            self._open.pop(key, None)
        self._tell_progress()

    def _tell_progress(self) -> None:
        self._progress.set()
        self._progress = trio.Event()

    async def _current(self) -> Link:
        if self._connection is not None:
            link: Link = await self._connection.get()
            return link
        if self._link is None:
            self._link = await self._connect()
        return self._link

    async def ping(self) -> None:
        """Raise if there is no connection to the store: for a probe."""
        await trio.lowlevel.checkpoint()
        if self._connection is not None and not self._connection.up:
            raise ConnectionError("not connected")

    # --- its life ---
    @asynccontextmanager
    async def running(self) -> AsyncIterator[Ingest]:
        """Run the tasks; leaving the block stores what was accepted, leaving it by an error cuts it off."""
        try:
            async with trio.open_nursery() as nursery:
                if self._connection is not None:
                    nursery.start_soon(self._connection.run)
                await nursery.start(self._live)
                yield self
                await self.shutdown(math.inf)
                nursery.cancel_scope.cancel()
        finally:
            self._name_left()

    async def _live(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        try:
            with self._scope:
                async with self._sink, self._exchange:
                    task_status.started()
                    try:
                        await self._stop.wait()
                    finally:  # a task has died: who comes now is refused before the exchange closes
                        self._stop.set()
        finally:
            self._ended.set()
            self._tell_progress()

    async def __aenter__(self) -> Ingest:
        """For a `serve` that enters its pool; `running` has started everything."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """What leaving a pool's block means."""
        await self.shutdown(math.inf if error[0] is None else 0)

    async def shutdown(self, grace: float) -> list[Any]:
        """Accept nothing more, store what was accepted within `grace`; return what could not be stored."""
        self._stop.set()
        with trio.move_on_after(grace):
            await self._ended.wait()
        self._scope.cancel()
        await self._ended.wait()
        return self._name_left()

    def _name_left(self) -> list[Any]:
        if self._left is None:
            self._left = [as_dict(event) for event in self._open.values()]
            for event in self._left:
                _log.error("an event was accepted and not stored", extra={"event_id": event["id"]})
        return self._left

    def statistics(self) -> Statistics:
        """What has become of the events so far."""
        failed = len(self._exchange.dead_letters(QUEUE))
        return Statistics(self._accepted, self._stored, failed, 0, len(self._open) - failed)


def plain_decode(body: bytes, *, partial: bool = False) -> tuple[Any, list[str]]:
    """Read an envelope as far as this works without exercise 10.1: ids and types are there, or all is refused."""
    data = json.loads(body)
    if not isinstance(data, dict) or not isinstance(data.get("events"), list):
        raise ValueError("expected an envelope: a JSON object with events")
    events: list[dict[str, Any]] = []
    for each in data["events"]:
        if not isinstance(each, dict) or not all(isinstance(each.get(name), str) for name in ("id", "type")):
            raise ValueError("expected events with 'id' and 'type', a text each")
        events.append({"timestamp": None, "params": {}} | each)
    return SimpleNamespace(header=data.get("header"), events=events), []
