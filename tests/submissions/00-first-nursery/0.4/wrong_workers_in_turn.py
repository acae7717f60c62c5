"""misconception: a loop needs no workers
fails: 0.4-workers-end
says: the workers share the items and work at the same time
"""

import trio


async def handle_all(items, handle, workers=3):
    for item in items:
        await handle(item)
