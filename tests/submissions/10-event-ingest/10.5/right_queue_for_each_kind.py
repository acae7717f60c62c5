"""approach: two queues, one for orders and one for the rest, and the same sink behind both
"""
from contextlib import asynccontextmanager


@asynccontextmanager
async def ingest(write, *, queue=1000, consumers=2, size=100, interval=1.0, capacity=10_000, backoff=(0.1, 30.0)):
    sink = BatchSink(write, size=size, interval=interval, capacity=capacity, backoff=backoff)
    exchange = Exchange()
    exchange.queue("orders", capacity=max(1, queue // 2), consumers=1, handler=sink.put)
    exchange.queue("rest", capacity=queue - max(1, queue // 2), consumers=max(1, consumers - 1), handler=sink.put)
    exchange.bind("orders", "orders")
    exchange.bind("rest", "rest.#")

    async def accept(body):
        envelope, refused = decode(body, partial=True)
        for event in envelope.events:
            await exchange.publish("orders" if event.type.startswith("order") else "rest." + event.type, event)
        return len(envelope.events), refused

    caught = []
    async with sink, exchange:
        try:
            yield accept
        except Exception as error:
            caught = [error]
    if caught:
        raise caught.pop()
