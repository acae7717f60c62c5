"""approach: exact arithmetic: times and rates as fractions, and the returned wait rounded up
"""
import math
from fractions import Fraction

import trio


class TokenBucket:
    def __init__(self, rate, burst, *, max_clients=1_000_000):
        self.rate = Fraction(rate)
        self.burst = burst
        self.max_clients = max_clients
        self.state = {}

    def take(self, client):
        clock = trio.current_time()
        now = Fraction(clock)
        tokens, since = self.state.pop(client, (Fraction(self.burst), now))
        tokens = min(Fraction(self.burst), tokens + (now - since) * self.rate)
        granted = tokens >= 1
        self.state[client] = (tokens - granted, now)
        if len(self.state) > self.max_clients:
            self.state.pop(next(iter(self.state)))
        if granted:
            return 0.0
        due = float(now + (1 - tokens) / self.rate)
        wait = due - clock
        while Fraction(clock + wait) < now + (1 - tokens) / self.rate:
            wait = math.nextafter(wait, math.inf) if clock + math.nextafter(wait, math.inf) > due else wait + math.ulp(due)
        return wait
