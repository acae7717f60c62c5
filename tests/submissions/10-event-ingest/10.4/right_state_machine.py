"""approach: each state is a method that returns the next one
"""
import trio


class Connection:
    def __init__(self, connect, *, backoff=(0.1, 30.0), jitter=full_jitter):
        self.connect, (self.first, self.last), self.jitter = connect, backoff, jitter
        self.delay, self.line, self.up, self.news = self.first, None, False, trio.Event()

    async def run(self):
        state = self.connecting
        while True:
            state = await state()

    async def connecting(self):
        try:
            self.line = await self.connect()
        except Exception:
            return self.waiting
        self.delay, self.up = self.first, True
        news, self.news = self.news, trio.Event()
        news.set()
        return self.connected

    async def connected(self):
        try:
            await self.line.wait_closed()
        except Exception as error:
            self.reason = error
        self.up = False
        return self.waiting

    async def waiting(self):
        delay, self.delay = self.delay, min(self.delay + self.delay, self.last)
        await trio.sleep(self.jitter(delay))
        return self.connecting

    async def get(self):
        await trio.lowlevel.checkpoint()
        while not self.up:
            await self.news.wait()
        return self.line
