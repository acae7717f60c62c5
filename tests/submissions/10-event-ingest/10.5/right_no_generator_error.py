"""approach: an inner context manager runs the pipeline, an outer one keeps the caller's error away from it
"""
from contextlib import asynccontextmanager


@asynccontextmanager
async def pipeline(write, queue, consumers, options):
    exchange = Exchange()
    async with BatchSink(write, **options) as sink, exchange:
        exchange.queue("q", capacity=queue, consumers=consumers, handler=sink.put)
        exchange.bind("q", "#")
        yield exchange


@asynccontextmanager
async def ingest(write, *, queue=1000, consumers=2, **options):
    options = {"size": 100, "interval": 1.0, "capacity": 10_000, "backoff": (0.1, 30.0)} | options
    error = None
    async with pipeline(write, queue, consumers, options) as exchange:

        async def accept(body):
            envelope, refused = decode(body, partial=True)
            return sum([await exchange.publish(event.type, event) for event in envelope.events]), refused

        try:
            yield accept
        except Exception as caught:
            error = caught
    if error is not None:
        raise error
