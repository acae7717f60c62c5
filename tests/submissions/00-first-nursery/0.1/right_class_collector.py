"""approach: an object with a method that runs in each task
"""

import trio


class Collector:
    def __init__(self, scope, size):
        self.scope = scope
        self.slots = [None] * size
        self.failure = None

    async def run(self, index, fn):
        try:
            self.slots[index] = await fn()
        except Exception as exc:
            if self.failure is None:
                self.failure = exc
            self.scope.cancel()


async def gather(*async_fns):
    with trio.CancelScope() as scope:
        collector = Collector(scope, len(async_fns))
        async with trio.open_nursery() as nursery:
            for index, fn in enumerate(async_fns):
                nursery.start_soon(collector.run, index, fn)
    if collector.failure is not None:
        raise collector.failure
    return list(collector.slots)
