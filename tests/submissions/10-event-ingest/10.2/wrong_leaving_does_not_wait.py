"""misconception: closing the queues is all that leaving is; the nursery that was entered ends by itself
fails: 10.2-leaving
says: must await its `__aexit__`
"""
from functools import lru_cache

import trio


class Exchange:
    def __init__(self):
        self.queues = {}
        self.nursery = None
        self.routes = lru_cache(maxsize=1000)(self._find_routes)

    def queue(self, name, *, capacity, consumers, handler, attempts=3):
        self.queues[name] = queue = Queue(capacity, consumers, handler, attempts)
        if self.nursery is not None:
            queue.start(self.nursery)

    def bind(self, queue, pattern):
        self.queues[queue].patterns.append(pattern.split("."))
        self.routes.cache_clear()

    async def __aenter__(self):
        self.nursery_manager = trio.open_nursery()
        self.nursery = await self.nursery_manager.__aenter__()
        for queue in self.queues.values():
            queue.start(self.nursery)
        return self

    async def __aexit__(self, kind, error, frames):
        for queue in self.queues.values():
            queue.inlet.close()
        if error is not None:
            self.nursery.cancel_scope.cancel()

    async def publish(self, key, message):
        reached = self.routes(key)
        for queue in reached:
            try:
                queue.inlet.send_nowait(message)  # the usual case, and the fast one
            except trio.WouldBlock:
                await queue.inlet.send(message)
        return len(reached)

    def _find_routes(self, key):
        words = key.split(".")
        return [queue for queue in self.queues.values() if any(matches(pattern, words) for pattern in queue.patterns)]

    def dead_letters(self, queue):
        return list(self.queues[queue].dead)


def matches(pattern, words):
    if not pattern:
        return not words
    if pattern[0] == "#":
        return matches(pattern[1:], words) or (bool(words) and matches(pattern, words[1:]))
    return bool(words) and pattern[0] in ("*", words[0]) and matches(pattern[1:], words[1:])


class Queue:
    def __init__(self, capacity, consumers, handler, attempts):
        self.inlet, self.outlet = trio.open_memory_channel(capacity)
        self.consumers, self.handler, self.attempts = consumers, handler, attempts
        self.patterns, self.dead = [], []

    def start(self, nursery):
        for _ in range(self.consumers):
            nursery.start_soon(self._consume)

    async def _consume(self):
        async for message in self.outlet:
            await self._handle(message)
            while self.outlet.statistics().current_buffer_used:  # drain in chunks: no step of the scheduler for each
                await self._handle(self.outlet.receive_nowait())

    async def _handle(self, message):
        for _ in range(self.attempts):
            try:
                return await self.handler(message)
            except Exception:
                continue
        self.dead.append(message)
