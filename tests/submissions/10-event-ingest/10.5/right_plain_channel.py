"""approach: consumers of its own and a channel in place of the exchange
"""
from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def ingest(write, *, queue=1000, consumers=2, size=100, interval=1.0, capacity=10_000, backoff=(0.1, 30.0)):
    send, receive = trio.open_memory_channel(queue)
    problem = None

    async def consume(sink):
        async for event in receive:
            await sink.put(event)

    async def accept(body):
        envelope, reasons = decode(body, partial=True)
        count = 0
        for event in envelope.events:
            await send.send(event)
            count += 1
        return count, reasons

    async with BatchSink(write, size=size, interval=interval, capacity=capacity, backoff=backoff) as sink:
        async with trio.open_nursery() as nursery:
            for _ in range(consumers):
                nursery.start_soon(consume, sink)
            with send:
                try:
                    yield accept
                except Exception as error:
                    problem = error
    if problem:
        raise problem
