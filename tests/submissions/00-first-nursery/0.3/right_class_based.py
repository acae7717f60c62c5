"""approach: a class with __aenter__ and __aexit__ that drives a nursery by hand
"""

import trio


class pipeline:  # noqa: N801
    def __init__(self, source, *stages, buffer=0):
        self.source, self.stages, self.buffer = source, stages, buffer

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.tasks = await self.manager.__aenter__()
        into, out_of = trio.open_memory_channel(self.buffer)
        self.tasks.start_soon(self.pump, into)
        for stage in self.stages:
            into, next_out = trio.open_memory_channel(self.buffer)
            self.tasks.start_soon(self.run_stage, stage, out_of, into)
            out_of = next_out
        return out_of

    async def __aexit__(self, *details):
        self.tasks.cancel_scope.cancel()
        return await self.manager.__aexit__(*details)

    async def pump(self, into):
        items = self.source.__aiter__()
        try:
            async for item in items:
                await into.send(item)
            into.close()
        finally:
            close = getattr(items, "aclose", None)
            if close is not None:
                await close()

    async def run_stage(self, stage, out_of, into):
        async for item in out_of:
            await into.send(await stage(item))
        into.close()
