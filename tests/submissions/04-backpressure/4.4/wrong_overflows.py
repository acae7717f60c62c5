"""misconception: an idle client saves up tokens without a bound
fails: 4.4-hours
says: a full bucket does not overflow
"""
from collections import OrderedDict

import trio


class TokenBucket:
    def __init__(self, rate, burst, *, max_clients=1_000_000):
        self.rate, self.burst, self.max_clients = rate, burst, max_clients
        self.clients = OrderedDict()

    def take(self, client):
        now = trio.current_time()
        tokens, counted = self.clients.get(client, (self.burst, now))
        tokens += (now - counted) * self.rate
        wait = 0.0
        if tokens >= 1 - 1e-9:
            tokens -= 1
        else:
            wait = (1 - tokens) / self.rate
        self.clients[client] = (tokens, now)
        self.clients.move_to_end(client)
        while len(self.clients) > self.max_clients:
            self.clients.popitem(last=False)
        return wait
