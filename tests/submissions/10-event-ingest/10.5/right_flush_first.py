"""approach: the exchange is outside and drained by hand: wait until every accepted event has been put, then flush
"""
from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def ingest(write, *, queue=1000, consumers=2, size=100, interval=1.0, capacity=10_000, backoff=(0.1, 30.0)):
    exchange = Exchange()
    published = handed = 0
    idle = trio.Event()
    failed = []

    async with exchange:
        async with BatchSink(write, size=size, interval=interval, capacity=capacity, backoff=backoff) as sink:

            async def hand_over(event):
                nonlocal handed, idle
                await sink.put(event)
                handed += 1
                idle.set()
                idle = trio.Event()

            async def accept(body):
                nonlocal published
                envelope, refused = decode(body, partial=True)
                for event in envelope.events:
                    reached = await exchange.publish("event", event)
                    published += reached
                return len(envelope.events), refused

            exchange.queue("events", capacity=queue, consumers=consumers, handler=hand_over)
            exchange.bind("events", "event")
            try:
                yield accept
            except Exception as error:
                failed.append(error)
            while handed < published:
                await idle.wait()
    for error in failed:
        raise error
