"""misconception: a client is its name, as text
fails: 4.4-own
says: a client that has used up its tokens takes none from the others
"""
class TokenBucket:
    """A bucket of tokens for each client."""

    def __init__(self, rate, burst, *, max_clients=1_000_000):
        """Give each client `burst` tokens at first and `rate` new ones a second."""
        self.interval, self.burst, self.max_clients = 1 / rate, burst, max_clients
        self.full_at = {}  # client -> when its bucket will be full; who was seen last stands last

    def take(self, client):
        """Take one token.

        Returns:
            0.0 if there was one, else the seconds until there will be one.
        """
        now = trio.current_time()
        full_at = max(now, self.full_at.pop(str(client), now))
        wait = full_at - now - (self.burst - 1) * self.interval
        granted = wait <= 1e-9  # a nanosecond for the floats: who waited as told must not be refused
        self.full_at[str(client)] = full_at + self.interval if granted else full_at
        if len(self.full_at) > self.max_clients:
            del self.full_at[next(iter(self.full_at))]
        return 0.0 if granted else wait
