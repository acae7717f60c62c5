"""misconception: who asks too early begins to wait anew
fails: 4.4-wait
says: a quarter of the time later
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
        tokens = min(self.burst, tokens + int((now - counted) * self.rate + 1e-9))
        wait = 0.0
        if tokens >= 1:
            tokens -= 1
        else:
            wait = 1 / self.rate
        self.clients[client] = (tokens, now)
        self.clients.move_to_end(client)
        while len(self.clients) > self.max_clients:
            self.clients.popitem(last=False)
        return wait
