"""misconception: a consumer can wait for room in the queue that it reads from
fails: 10.2-retry-while-full
says: every message is handled in the end
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
            queue.closing = True
            if not queue.open:
                queue.inlet.close()
        if error is not None:
            self.nursery.cancel_scope.cancel()
        await self.nursery_manager.__aexit__(None, None, None)

    async def publish(self, key, message):
        reached = self.routes(key)
        for queue in reached:
            await queue.inlet.send((1, message))
            queue.open += 1
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
        self.open, self.closing = 0, False

    def start(self, nursery):
        for _ in range(self.consumers):
            nursery.start_soon(self._until_closed)

    async def _until_closed(self):
        try:
            await self._consume()
        except trio.EndOfChannel:
            return

    async def _consume(self):
        while self.open or not self.closing:
            attempt, message = await self.outlet.receive()
            await self._handle(message, attempt)

    async def _handle(self, message, attempt):
        try:
            await self.handler(message)
        except Exception:
            if attempt < self.attempts:
                await self.inlet.send((attempt + 1, message))
                return
            self.dead.append(message)
        self.open -= 1
        if self.closing and not self.open:
            self.inlet.close()
