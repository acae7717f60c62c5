"""misconception: whatever ends wait_closed is a loss, and a loss is followed by a wait
fails: 10.4-cancelled
says: a cancelled run ends at once
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
            except BaseException as error:
                if isinstance(error, trio.Cancelled):
                    with trio.CancelScope(shield=True):
                        await trio.sleep(1)
                    raise
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
