"""misconception: the first attempt may wait as well
fails: 10.4-backoff
says: it connects at once
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
        await trio.sleep(self.jitter(delay))
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
            await trio.sleep(self.jitter(delay))
            delay = min(2 * delay, longest)

    async def get(self):
        await trio.lowlevel.checkpoint()
        while not self.up:
            await self.connected.wait()
        return self.current
