"""approach: a small object for each client; a refused client's token is promised for a time, and given from then on
"""
import trio


class Bucket:
    __slots__ = ("tokens", "at", "promised")

    def __init__(self, tokens, at):
        self.tokens, self.at, self.promised = tokens, at, None


class TokenBucket:
    def __init__(self, rate, burst, *, max_clients=1_000_000):
        self.rate, self.burst = rate, burst
        self.max_clients = max_clients
        self.buckets = {}

    def take(self, client):
        now = trio.current_time()
        bucket = self.buckets.pop(client, None)
        if bucket is None:
            bucket = Bucket(float(self.burst), now)
            if len(self.buckets) == self.max_clients:
                oldest = next(iter(self.buckets))
                del self.buckets[oldest]
        self.buckets[client] = bucket
        tokens = min(self.burst, bucket.tokens + (now - bucket.at) * self.rate)
        if bucket.promised is not None and now >= bucket.promised:
            tokens = max(tokens, 1.0)
        if tokens >= 1:
            bucket.tokens, bucket.at, bucket.promised = tokens - 1, now, None
            return 0.0
        wait = (1 - tokens) / self.rate
        if bucket.promised is None:
            bucket.promised = now + wait
        return bucket.promised - now
