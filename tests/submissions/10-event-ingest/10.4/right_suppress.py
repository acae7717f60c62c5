"""approach: contextlib.suppress around one attempt, and a method that puts the state back
"""
from contextlib import suppress

import trio


class Connection:
    up = False
    line = None

    def __init__(self, connect, *, backoff=(0.1, 30.0), jitter=full_jitter):
        self.connect, self.backoff, self.jitter = connect, backoff, jitter
        self.delay = backoff[0]
        self.ready = trio.Event()

    def lost(self):
        if self.up:
            self.up, self.line, self.ready = False, None, trio.Event()

    async def attempt(self):
        self.line = await self.connect()
        self.up, self.delay = True, self.backoff[0]
        self.ready.set()
        await self.line.wait_closed()

    async def run(self):
        while True:
            with suppress(Exception):
                await self.attempt()
            self.lost()
            wait = self.jitter(self.delay)
            self.delay = min(self.backoff[1], self.delay * 2)
            await trio.sleep(wait)

    async def get(self):
        await self.ready.wait()
        while not self.up:
            await self.ready.wait()
        return self.line
