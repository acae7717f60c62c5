"""approach: the theoretical arrival time of the cell rate algorithm, and a wait that is a microsecond longer
"""
import trio


class TokenBucket:
    def __init__(self, rate, burst, *, max_clients=1_000_000):
        self.emission = 1.0 / rate
        self.tolerance = self.emission * (burst - 1)
        self.max_clients = max_clients
        self.arrival = {}

    def take(self, client):
        now = trio.current_time()
        tat = self.arrival.pop(client, 0.0)
        if tat < now:
            tat = now
        allowed_at = tat - self.tolerance
        granted = now >= allowed_at
        self.arrival[client] = tat + self.emission if granted else tat
        for stale in list(self.arrival)[: max(0, len(self.arrival) - self.max_clients)]:
            del self.arrival[stale]
        return 0.0 if granted else allowed_at - now + 1e-6
