"""misconception: half a token is no token: what is not whole is forgotten
fails: 4.4-wait
says: half a token is kept
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
        gained = int((now - counted) * self.rate + 1e-9)
        if gained:
            tokens, counted = min(self.burst, tokens + gained), now
        wait = 0.0
        if tokens >= 1:
            tokens -= 1
        else:
            wait = counted + 1 / self.rate - now
        self.clients[client] = (tokens, counted)
        self.clients.move_to_end(client)
        while len(self.clients) > self.max_clients:
            self.clients.popitem(last=False)
        return wait
