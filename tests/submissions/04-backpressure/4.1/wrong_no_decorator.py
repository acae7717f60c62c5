"""misconception: an async function with a `yield` is a context manager
fails: 4.1-at-most-capacity
says: `@asynccontextmanager` is missing there
"""
import trio


class Tickets:
    def __init__(self, capacity):
        self.office = trio.Semaphore(capacity)
        self.down = False

    async def hold(self):
        if self.down:
            raise ShuttingDown
        async with self.office:
            yield

    def shut_down(self):
        self.down = True

    def free(self):
        return self.office.value
