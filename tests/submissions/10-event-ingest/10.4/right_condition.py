"""approach: a condition guards the state, and a generator makes the delays
"""
import trio


def delays(first, most):
    while True:
        yield first
        first = min(first * 2, most)


class Connection:
    def __init__(self, connect, *, backoff=(0.1, 30.0), jitter=full_jitter):
        self.connect, self.backoff, self.jitter = connect, backoff, jitter
        self.condition = trio.Condition()
        self.value = None
        self.up = False

    async def run(self):
        waits = delays(*self.backoff)
        while True:
            try:
                value = await self.connect()
            except Exception:
                await trio.sleep(self.jitter(next(waits)))
                continue
            self.value, self.up = value, True
            async with self.condition:
                self.condition.notify_all()
            waits = delays(*self.backoff)
            try:
                await value.wait_closed()
            except Exception:
                self.value = None
            self.value, self.up = None, False
            await trio.sleep(self.jitter(next(waits)))

    async def get(self):
        async with self.condition:
            while not self.up:
                await self.condition.wait()
            return self.value
