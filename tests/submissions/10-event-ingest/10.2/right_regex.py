"""approach: patterns become regular expressions; a cloned receiving end for each consumer
"""
import re
from functools import partial

import trio

WORDS = {"*": r"\.[^.]+", "#": r"(?:\.[^.]+)*"}


class Exchange:
    def __init__(self):
        self._sends, self._dead, self._patterns, self._waiting = {}, {}, [], []
        self._nursery = None

    def queue(self, name, *, capacity, consumers, handler, attempts=3):
        self._sends[name], receive = trio.open_memory_channel(capacity)
        self._dead[name] = []
        with receive:
            for _ in range(consumers):
                self._waiting.append(partial(self._consumer, name, receive.clone(), handler, attempts))
        if self._nursery is not None:
            self._start()

    def _start(self):
        while self._waiting:
            self._nursery.start_soon(self._waiting.pop())

    def bind(self, queue, pattern):
        expression = "".join(WORDS.get(word, r"\." + re.escape(word)) for word in pattern.split("."))
        self._patterns.append((queue, re.compile(expression)))

    async def __aenter__(self):
        self._cm = trio.open_nursery()
        self._nursery = await self._cm.__aenter__()
        self._start()
        return self

    async def __aexit__(self, kind, error, frames):
        for send in self._sends.values():
            send.close()
        if kind is not None:
            self._nursery.cancel_scope.cancel()
        await self._cm.__aexit__(None, None, None)

    async def _consumer(self, name, receive, handler, attempts):
        async with receive:
            async for message in receive:
                for attempt in range(1, attempts + 1):
                    try:
                        await handler(message)
                    except Exception:
                        if attempt == attempts:
                            self._dead[name].append(message)
                    else:
                        break

    async def publish(self, key, message):
        names = {name for name, pattern in self._patterns if pattern.fullmatch("." + key)}
        for name in sorted(names):
            await self._sends[name].send(message)
        return len(names)

    def dead_letters(self, queue):
        return self._dead[queue]
