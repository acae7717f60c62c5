"""approach: what leaves the block is the first error itself, taken out of the group
"""

from contextlib import asynccontextmanager

import trio


class _Pipeline:
    def __init__(self, source, stages, buffer):
        self._source = source
        self._stages = stages
        self._buffer = buffer

    async def _feed(self, out):
        items = aiter(self._source)
        try:
            with out:
                async for item in items:
                    await out.send(item)
        finally:
            if hasattr(items, "aclose"):
                await items.aclose()

    async def _work(self, stage, into, out):
        with into, out:
            async for item in into:
                await out.send(await stage(item))

    @asynccontextmanager
    async def opened(self):
        async with trio.open_nursery() as nursery:
            out, last = trio.open_memory_channel(self._buffer)
            nursery.start_soon(self._feed, out)
            for stage in self._stages:
                into = last
                out, last = trio.open_memory_channel(self._buffer)
                nursery.start_soon(self._work, stage, into, out)
            yield last
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def pipeline(source, *stages, buffer=0):
    try:
        async with _Pipeline(source, stages, buffer).opened() as results:
            yield results
    except ExceptionGroup as group:
        error = group
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        raise RuntimeError("the pipeline failed") from error
