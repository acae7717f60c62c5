"""approach: a message that failed is put into an unbounded side channel of its queue; a counter of what is open tells when all is done
"""
from math import inf

import trio


class Line:
    def __init__(self, capacity, handler, attempts):
        self.room = trio.Semaphore(capacity)
        self.put, self.get = trio.open_memory_channel(inf)
        self.handler, self.attempts = handler, attempts
        self.open, self.dead, self.done = 0, [], trio.Event()

    async def work(self):
        async for number, message in self.get:
            if number == 1:
                self.room.release()
            try:
                await self.handler(message)
            except Exception:
                if number < self.attempts:
                    self.put.send_nowait((number + 1, message))
                    continue
                self.dead.append(message)
            self.open -= 1
            if not self.open:
                self.done.set()
                self.done = trio.Event()


class Exchange:
    def __init__(self):
        self.lines, self.bound, self.todo = {}, {}, []
        self.nursery = None

    def queue(self, name, *, capacity, consumers, handler, attempts=3):
        line = self.lines[name] = Line(capacity, handler, attempts)
        self.bound[name] = []
        for _ in range(consumers):
            if self.nursery:
                self.nursery.start_soon(line.work)
            else:
                self.todo.append(line.work)

    def bind(self, queue, pattern):
        self.bound[queue].append(pattern)

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        for work in self.todo:
            self.nursery.start_soon(work)
        return self

    async def __aexit__(self, kind, error, frames):
        try:
            if kind is None:
                for line in self.lines.values():
                    while line.open:
                        await line.done.wait()
        finally:
            self.nursery.cancel_scope.cancel()
            await self.manager.__aexit__(None, None, None)

    async def publish(self, key, message):
        number = 0
        for name, patterns in list(self.bound.items()):
            if any(self.same(p.split("."), key.split(".")) for p in patterns):
                line = self.lines[name]
                await line.room.acquire()
                line.open += 1
                line.put.send_nowait((1, message))
                number += 1
        return number

    def same(self, pattern, words):
        while pattern and words and pattern[-1] != "#":
            if pattern.pop() not in ("*", words.pop()):
                return False
        if not pattern:
            return not words
        if pattern[-1] != "#":
            return False
        rest = pattern[:-1]
        return any(self.same(list(rest), words[:n]) for n in range(len(words) + 1))

    def dead_letters(self, queue):
        return self.lines[queue].dead
