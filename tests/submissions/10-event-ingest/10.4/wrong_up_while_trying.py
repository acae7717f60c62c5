"""misconception: up means that the task runs
fails: 10.4-up
says: while it tries, it is not up
"""
import trio


class Connection:
    def __init__(self, connect, *, backoff=(0.1, 30.0), jitter=full_jitter):
        self.connect, self.backoff, self.jitter = connect, backoff, jitter
        self.up = False
        self.current = None
        self.connected = trio.Event()

    async def run(self):
        self.up = True
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
                self.current = None
                if self.connected.is_set():
                    self.connected = trio.Event()
            await trio.sleep(self.jitter(delay))
            delay = min(2 * delay, longest)

    async def get(self):
        await trio.lowlevel.checkpoint()
        while self.current is None:
            await self.connected.wait()
        return self.current
