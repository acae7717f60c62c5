"""From an accepted event to the store: the queue of lab 04 in front of the workers of lab 03, with its watchdog.

Theory of operation
===================
1. `accept` answers for an event: once it returns, the event is stored, or fails in the log, or comes back from
   `shutdown`. Never two of them, never none.
2. With a `Dispatcher`, `accept` puts the event into its queue, and one task feeds the workers from there. Without, it
   waits for a worker, and nothing bounds how many wait. Without workers it writes to the store itself.
3. To the outside this is a worker pool: `serve` of lab 03 gets it in place of one. Its `shutdown` closes the queue,
   lets the feeder finish, and shuts the workers down, all in one grace.
"""

from __future__ import annotations

import logging
import math
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .config import Config
    from .parts import Parts
    from .store import Event, Store

_log = logging.getLogger("service.pipeline")


class Pipeline:
    """Queue, feeder, workers and watchdog; they live in `async with pipeline.running():`."""

    def __init__(self, parts: Parts, config: Config, store: Store) -> None:
        pool, dispatcher, watchdog = (
            parts.get("pool", "WorkerPool"), parts.get("admission", "Dispatcher"), parts.get("pool", "Watchdog"),
        )  # fmt: skip
        self._store = store
        self._watchdog = watchdog(timeout=config.stuck, on_stuck=self._stuck) if watchdog else None
        self._pool = pool(self._work, workers=config.workers, buffer=config.workers, log=_log.error) if pool else None
        self._dispatcher = dispatcher(capacity=config.queue, patience=config.patience) if dispatcher else None
        self._feeding = trio.CancelScope()
        self._fed = trio.Event()
        self._left: list[Event] | None = None
        self._ended = trio.Event()

    async def accept(self, event: Event) -> None:
        """Take responsibility for an event.

        Raises:
            Exception: `Overloaded`, `ShuttingDown` or `PoolClosed` of the labs; then the event is not accepted.
        """
        if self._dispatcher is not None:
            await self._dispatcher.dispatch(event)
        else:
            await self._hand_on(event)

    async def _hand_on(self, event: Event) -> None:
        if self._pool is not None:
            await self._pool.submit(event)
        else:
            await self._work(event)

    async def _work(self, event: Event) -> None:
        if self._watchdog is None:
            await self._store.write(event)
            return
        worker = trio.lowlevel.current_task()
        self._watchdog.beat(worker, event)
        try:
            await self._store.write(event)
        finally:
            self._watchdog.idle(worker)

    def _stuck(self, event: Event, where: str) -> None:
        _log.error("a job is stuck", extra={"event_id": event.get("id"), "where": where})

    async def _feed(self) -> None:
        """From the queue to the workers; what it holds when it is cut off is left over."""
        event: Event | None = None
        try:
            with self._feeding:
                async for event in self._dispatcher.events():  # type: ignore[union-attr]  # started only with one
                    await self._feed_one(event)
                    event = None
        finally:
            if event is not None and self._left is not None:
                self._left.append(event)
            self._fed.set()

    async def _feed_one(self, event: Event) -> None:
        try:
            await self._hand_on(event)
        except Exception:
            _log.exception("an event could not be stored", extra={"event_id": event.get("id")})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Pipeline]:
        """Run the tasks; leaving the block finishes what was accepted, leaving it by an error cuts it off."""
        async with AsyncExitStack() as stack:
            if self._pool is not None:
                await stack.enter_async_context(self._pool)
            nursery = await stack.enter_async_context(trio.open_nursery())
            if self._watchdog is not None:
                nursery.start_soon(self._watchdog.watch)
            if self._dispatcher is not None:
                nursery.start_soon(self._feed)
            try:
                yield self
            except BaseException:
                await self.shutdown(0)
                raise
            await self.shutdown(math.inf)
            nursery.cancel_scope.cancel()

    async def __aenter__(self) -> Pipeline:
        """For a `serve` that enters its pool; `running` has started everything."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """What leaving a pool's block means."""
        await self.shutdown(math.inf if error[0] is None else 0)

    async def shutdown(self, grace: float) -> list[Event]:
        """Accept nothing more, finish what was accepted within `grace`; return what could not be finished."""
        if self._left is not None:
            await self._ended.wait()
            return self._left
        self._left, deadline = [], trio.current_time() + grace
        try:
            if self._dispatcher is not None:
                await self._empty_queue(deadline)
            if self._pool is not None:
                self._left[:0] = await self._pool.shutdown(max(0.0, deadline - trio.current_time()))
        finally:
            self._ended.set()
        for event in self._left:
            _log.error("an event was accepted and not stored", extra={"event_id": event.get("id")})
        return self._left

    async def _empty_queue(self, deadline: float) -> None:
        assert self._dispatcher is not None
        assert self._left is not None
        self._dispatcher.close()
        with trio.CancelScope(deadline=deadline):
            await self._fed.wait()
        self._feeding.cancel()
        await self._fed.wait()
        async for event in self._dispatcher.events():
            self._left.append(event)

    def statistics(self) -> Any:
        """What the pool says; None without one."""
        return self._pool.statistics() if self._pool is not None else None
