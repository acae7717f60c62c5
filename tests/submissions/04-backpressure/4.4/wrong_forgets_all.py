"""misconception: when the memory is full it is emptied
fails: 4.4-forgets
says: only the one unseen longest is forgotten
"""
import trio


class TokenBucket:
    def __init__(self, rate, burst, *, max_clients=1_000_000):
        self.interval, self.burst, self.max_clients = 1 / rate, burst, max_clients
        self.full_at = {}  # client -> when its bucket will be full; who was seen last stands last

    def take(self, client):
        now = trio.current_time()
        full_at = max(now, self.full_at.pop(client, now))
        wait = full_at - now - (self.burst - 1) * self.interval
        granted = wait <= 1e-9  # a nanosecond for the floats: who waited as told must not be refused
        self.full_at[client] = full_at + self.interval if granted else full_at
        if len(self.full_at) > self.max_clients:
            self.full_at = {client: self.full_at[client]}
        return 0.0 if granted else wait
