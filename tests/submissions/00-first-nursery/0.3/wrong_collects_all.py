"""misconception: the results may be given out when all are there
fails: 0.3-overlap
says: the first result comes out as soon as it has passed all stages
"""

from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def pipeline(source, *stages, buffer=0):
    items = [item async for item in source]
    for stage in stages:
        items = [await stage(item) for item in items]

    async def results():
        for item in items:
            yield item

    yield results()
