"""misconception: every worker gets every item
fails: 0.4-workers-end
says: each once
"""

import trio


async def handle_all(items, handle, workers=3):
    async def worker():
        for item in items:
            await handle(item)

    async with trio.open_nursery() as nursery:
        for _ in range(workers):
            nursery.start_soon(worker)
