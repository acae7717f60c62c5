"""misconception: what starts a task has to be awaited
fails: 2.5-outlives, 2.5-logs
says: detach starts the work by itself: it is a plain function
"""
import logging

import trio


async def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            with trio.move_on_after(cap):
                await async_fn()
        except Exception:
            logging.getLogger("detached").exception("failed")

    nursery.start_soon(work)
