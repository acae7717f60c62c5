"""approach: a class with an exit stack in place of a generator
"""
from contextlib import AsyncExitStack


class ingest:
    def __init__(self, write, *, queue=1000, consumers=2, size=100, interval=1.0, capacity=10_000, backoff=(0.1, 30.0)):
        self.sink = BatchSink(write, size=size, interval=interval, capacity=capacity, backoff=backoff)
        self.exchange = Exchange()
        self.exchange.queue("all", capacity=queue, consumers=consumers, handler=self.sink.put)
        self.exchange.bind("all", "#")

    async def __aenter__(self):
        await self.sink.__aenter__()
        await self.exchange.__aenter__()
        return self.accept

    async def __aexit__(self, kind, error, frames):
        async with AsyncExitStack() as stack:
            stack.push_async_exit(self.sink)
            if error is None or isinstance(error, Exception):
                await self.exchange.__aexit__(None, None, None)
            else:
                await self.exchange.__aexit__(kind, error, frames)
                raise error

    async def accept(self, body):
        envelope, refused = decode(body, partial=True)
        for event in envelope.events:
            await self.exchange.publish(event.type, event)
        return len(envelope.events), refused
