"""misconception: the next delay is twice what was waited
fails: 10.4-jitter
says: it waits for what jitter returns
"""
import trio


class Connection:
    def __init__(self, connect, *, backoff=(0.1, 30.0), jitter=full_jitter):
        self.connect, self.backoff, self.jitter = connect, backoff, jitter
        self.up = False
        self.current = None
        self.connected = trio.Event()

    async def run(self):
        delay, longest = self.backoff
        while True:
            try:
                self.current = await self.connect()
                delay, self.up = self.backoff[0], True
                self.connected.set()
                await self.current.wait_closed()
            except Exception:
                pass  # a failure or a loss: a wait follows in any case
            finally:
                self.current, self.up = None, False
                if self.connected.is_set():
                    self.connected = trio.Event()
            delay = self.jitter(delay)
            await trio.sleep(delay)
            delay = min(2 * delay, longest)

    async def get(self):
        await trio.lowlevel.checkpoint()
        while not self.up:
            await self.connected.wait()
        return self.current
