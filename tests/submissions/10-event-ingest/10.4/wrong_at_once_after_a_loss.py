"""misconception: after a loss the next attempt may come at once
fails: 10.4-again
says: after a loss it waits for the first delay
"""
import trio


class Connection:
    def __init__(self, connect, *, backoff=(0.1, 30.0), jitter=full_jitter):
        self.connect, self.backoff, self.jitter = connect, backoff, jitter
        self.up = False
        self.current = None
        self.lost = False
        self.connected = trio.Event()

    async def run(self):
        delay, longest = self.backoff
        while True:
            try:
                self.current = await self.connect()
                delay, self.up = self.backoff[0], True
                self.connected.set()
                self.lost = True
                await self.current.wait_closed()
            except Exception:
                pass  # a failure or a loss: a wait follows in any case
            finally:
                self.current, self.up = None, False
                if self.connected.is_set():
                    self.connected = trio.Event()
            if delay != self.backoff[0] or not self.lost:
                await trio.sleep(self.jitter(delay))
            self.lost = False
            delay = min(2 * delay, longest)

    async def get(self):
        await trio.lowlevel.checkpoint()
        while not self.up:
            await self.connected.wait()
        return self.current
