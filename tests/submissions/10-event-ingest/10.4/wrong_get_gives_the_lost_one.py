"""misconception: the last connection is better than none
fails: 10.4-get
says: never gives one that is lost
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
                self.up = False
            await trio.sleep(self.jitter(delay))
            delay = min(2 * delay, longest)

    async def get(self):
        await trio.lowlevel.checkpoint()
        await self.connected.wait()
        return self.current
