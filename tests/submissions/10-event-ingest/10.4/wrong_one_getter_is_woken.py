"""misconception: it is enough to wake one of those who wait
fails: 10.4-get
says: get waits until there is a connection
"""
import trio


class Connection:
    def __init__(self, connect, *, backoff=(0.1, 30.0), jitter=full_jitter):
        self.connect, self.backoff, self.jitter = connect, backoff, jitter
        self.up, self.current = False, None
        self.waiting = trio.lowlevel.ParkingLot()

    async def run(self):
        delay = self.backoff[0]
        while True:
            try:
                self.current = await self.connect()
                self.up, delay = True, self.backoff[0]
                self.waiting.unpark()
                await self.current.wait_closed()
            except Exception:
                pass
            self.up = False
            await trio.sleep(self.jitter(delay))
            delay = min(2 * delay, self.backoff[1])

    async def get(self):
        while not self.up:
            await self.waiting.park()
        return self.current
