"""misconception: an event in the class body belongs to each object
fails: 10.4-several
says: each connection is its own
"""
import trio


class Connection:
    current, up = None, False

    def __init__(self, connect, *, backoff=(0.1, 30.0), jitter=full_jitter):
        self.connect, self.backoff, self.jitter = connect, backoff, jitter
        self.connected = trio.Event()

    async def run(self):
        delay, longest = self.backoff
        while True:
            try:
                Connection.current = await self.connect()
                delay, Connection.up = self.backoff[0], True
                self.connected.set()
                await self.current.wait_closed()
            except Exception:
                pass  # a failure or a loss: a wait follows in any case
            finally:
                Connection.current, Connection.up = None, False
                if self.connected.is_set():
                    self.connected = trio.Event()
            await trio.sleep(self.jitter(delay))
            delay = min(2 * delay, longest)

    async def get(self):
        await trio.lowlevel.checkpoint()
        while not self.up:
            await self.connected.wait()
        return self.current
