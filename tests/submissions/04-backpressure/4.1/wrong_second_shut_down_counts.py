"""misconception: shut_down is called once
fails: 4.1-apart
says: no ticket is lost and none is given back twice
"""
class Tickets:
    """A ticket office: at most `capacity` tickets are out at the same time."""

    def __init__(self, capacity):
        """Start with `capacity` free tickets."""
        self.office = trio.Semaphore(capacity, max_value=capacity)
        self.closing = False
        self.queue = set()  # for each who waits, the scope of its wait

    def hold(self):
        """Return an async context manager that holds a ticket during its block.

        Raises:
            ShuttingDown: on entering, if `shut_down()` is called before the block is entered.
        """

        @asynccontextmanager
        async def held():
            got = False
            with trio.CancelScope() as wait:
                self.queue.add(wait)
                try:
                    if not self.closing:
                        await self.office.acquire()
                        got = True
                finally:
                    self.queue.remove(wait)
            try:
                if self.closing:  # perhaps at the very instant at which the ticket came
                    raise ShuttingDown
                yield
            finally:
                if got:
                    self.office.release()

        return held()

    def shut_down(self):
        """Let nobody in any more."""
        if self.closing:
            self.office = trio.Semaphore(1)
        self.closing = True
        for wait in self.queue:
            wait.cancel()

    def free(self):
        """Return how many tickets nobody has."""
        return self.office.value
