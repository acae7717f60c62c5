"""misconception: counting the requests of each second is the same as a bucket
fails: 4.4-burst
says: an empty bucket has its next token after
"""
import trio


class TokenBucket:
    def __init__(self, rate, burst, *, max_clients=1_000_000):
        self.window = burst / rate
        self.burst, self.max_clients = burst, max_clients
        self.counts = {}

    def take(self, client):
        now = trio.current_time()
        begin, count = self.counts.pop(client, (now, 0))
        if now - begin >= self.window - 1e-9:
            begin, count = now, 0
        granted = count < self.burst
        self.counts[client] = (begin, count + granted)
        if len(self.counts) > self.max_clients:
            del self.counts[next(iter(self.counts))]
        return 0.0 if granted else begin + self.window - now
