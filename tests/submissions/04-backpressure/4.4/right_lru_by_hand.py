"""approach: an lru_cache as the bounded memory; the bucket is a generator that is sent the time
"""
from functools import lru_cache

import trio


class TokenBucket:
    def __init__(self, rate, burst, *, max_clients=1_000_000):
        @lru_cache(maxsize=max_clients)
        def bucket_of(client):
            bucket = self._bucket(rate, burst)
            next(bucket)
            return bucket

        self._bucket_of = bucket_of

    @staticmethod
    def _bucket(rate, burst):
        now = yield
        tokens, last = burst, now
        while True:
            tokens = min(burst, tokens + rate * (now - last))
            last = now
            if tokens > 1 or abs(tokens - 1) < 1e-8:
                tokens = max(0, tokens - 1)
                now = yield 0.0
            else:
                now = yield (1 - tokens) / rate

    def take(self, client):
        return self._bucket_of(client).send(trio.current_time())
