"""approach: each queue is a deque under a condition; what must be tried again goes to the front of it
"""
from collections import deque

import trio


class Mailbox:
    def __init__(self, capacity, consumers, handler, attempts):
        self.capacity, self.consumers, self.handler, self.attempts = capacity, consumers, handler, attempts
        self.messages, self.again, self.dead = deque(), deque(), []
        self.busy, self.closed = 0, False
        self.changed = trio.Condition()

    async def put(self, message):
        async with self.changed:
            while len(self.messages) >= self.capacity:
                await self.changed.wait()
            self.messages.append(message)
            self.changed.notify_all()

    async def take(self):
        async with self.changed:
            while True:
                if self.again:
                    return self.again.popleft()
                if self.messages:
                    self.changed.notify_all()
                    return self.messages.popleft(), 1
                if self.closed and not self.busy:
                    self.changed.notify_all()
                    return None
                await self.changed.wait()

    async def close(self):
        async with self.changed:
            self.closed = True
            self.changed.notify_all()

    async def consume(self):
        while (job := await self.take()) is not None:
            message, attempt = job
            self.busy += 1
            try:
                await self.handler(message)
            except Exception:
                if attempt >= self.attempts:
                    self.dead.append(message)
                else:
                    self.again.append((message, attempt + 1))
            finally:
                self.busy -= 1
            async with self.changed:
                self.changed.notify_all()


def fits(pattern, words):
    reachable = {0}
    for part in pattern:
        if part == "#":
            reachable = set(range(min(reachable), len(words) + 1)) if reachable else set()
        else:
            reachable = {n + 1 for n in reachable if n < len(words) and part in ("*", words[n])}
    return len(words) in reachable


class Exchange:
    def __init__(self):
        self.boxes, self.bindings, self.nursery = {}, [], None

    def queue(self, name, *, capacity, consumers, handler, attempts=3):
        self.boxes[name] = Mailbox(capacity, consumers, handler, attempts)
        if self.nursery:
            self.start(self.boxes[name])

    def start(self, box):
        for _ in range(box.consumers):
            self.nursery.start_soon(box.consume)

    def bind(self, queue, pattern):
        self.bindings.append((pattern.split("."), self.boxes[queue]))

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        for box in self.boxes.values():
            self.start(box)
        return self

    async def __aexit__(self, kind, error, frames):
        if kind is None:
            for box in self.boxes.values():
                await box.close()
        else:
            self.nursery.cancel_scope.cancel()
        await self.manager.__aexit__(kind, error, frames)

    async def publish(self, key, message):
        words = key.split(".")
        boxes = []
        for pattern, box in self.bindings:
            if box not in boxes and fits(pattern, words):
                boxes.append(box)
        for box in boxes:
            await box.put(message)
        return len(boxes)

    def dead_letters(self, queue):
        return self.boxes[queue].dead
