"""misconception: what the request starts, the request may wait for
fails: 2.5-outlives
says: detach starts the work by itself: it is a plain function
"""
import logging

import trio


async def detach(nursery, async_fn, *, cap=30.0):
    try:
        with trio.move_on_after(cap):
            await async_fn()
    except Exception:
        logging.getLogger("detached").exception("failed")
