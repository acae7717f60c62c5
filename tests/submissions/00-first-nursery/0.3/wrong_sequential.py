"""misconception: stages that are awaited one after the other work at the same time
fails: 0.3-overlap
says: every stage works on one item while the others work on theirs
"""

from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def pipeline(source, *stages, buffer=0):
    async def results():
        iterator = aiter(source)
        try:
            async for item in iterator:
                for stage in stages:
                    item = await stage(item)
                yield item
        finally:
            if hasattr(iterator, "aclose"):
                await iterator.aclose()

    stream = results()
    try:
        yield stream
    finally:
        await stream.aclose()
