"""misconception: an error that was kept for later is told by itself
fails: 10.5-leaving
says: an error in the block leaves as itself
"""
from contextlib import asynccontextmanager


@asynccontextmanager
async def ingest(write, *, queue=1000, consumers=2, size=100, interval=1.0, capacity=10_000, backoff=(0.1, 30.0)):
    exchange, failure = Exchange(), None

    async def accept(body):
        envelope, refused = decode(body, partial=True)
        for event in envelope.events:
            await exchange.publish(event.type, event)
        return len(envelope.events), refused

    async with BatchSink(write, size=size, interval=interval, capacity=capacity, backoff=backoff) as sink:
        exchange.queue("store", capacity=queue, consumers=consumers, handler=sink.put)
        exchange.bind("store", "#")
        async with exchange:
            try:
                yield accept
            except Exception as error:  # leaving the exchange with it would cut off what is queued
                failure = error
