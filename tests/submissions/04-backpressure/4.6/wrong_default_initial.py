"""misconception: it finds its limit from anywhere, so any beginning will do
fails: 4.6-bounds
says: it begins with initial places
"""
class AdaptiveLimit:
    """Lets as many blocks run at the same time as the dependency behind them can carry."""

    def __init__(self, *, initial=64, minimum=1, maximum=1000):
        """Begin with `initial` places; never have fewer than `minimum` or more than `maximum`."""
        self.minimum, self.maximum = minimum, maximum
        self.limiter = trio.CapacityLimiter(initial)
        self.lowest = inf
        self.window = []  # latencies seen since the last decision

    @property
    def limit(self):
        """How many blocks may run at the same time, for now. A plain attribute will do as well."""
        return int(self.limiter.total_tokens)

    def hold(self):
        """Return an async context manager that runs its block when there is a place, and learns from its time."""

        @asynccontextmanager
        async def held():
            me = object()  # one task may hold several places, so the borrower is not the task
            await self.limiter.acquire_on_behalf_of(me)
            begin = trio.current_time()
            try:
                yield
                self._learn(trio.current_time() - begin)
            finally:
                self.limiter.release_on_behalf_of(me)

        return held()

    def _learn(self, latency):
        """Adapt the limit to one more latency. Yours to call: keep it, or do it in another way."""
        self.lowest = min(self.lowest, latency)
        self.window.append(latency)
        if len(self.window) < self.limit:  # decide when each place has been used about once
            return
        typical = sorted(self.window)[len(self.window) // 2]
        self.window.clear()
        wanted = self.limit + 1 if typical <= 1.5 * self.lowest else self.limit * 3 // 4
        self.limiter.total_tokens = max(self.minimum, min(wanted, self.maximum))
