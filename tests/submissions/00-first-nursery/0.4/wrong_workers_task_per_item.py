"""misconception: a task for each item needs no channel
fails: 0.4-workers-end, 0.4-workers-otherwise
says: the workers share the items
"""

import trio


async def handle_all(items, handle, workers=3):
    async with trio.open_nursery() as nursery:
        for item in items:
            nursery.start_soon(handle, item)
