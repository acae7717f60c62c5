"""misconception: a scope around start_soon limits what is started
fails: 2.5-cap
says: nothing was left to wake one
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            await async_fn()
        except Exception:
            logging.getLogger("detached").exception("failed")

    with trio.move_on_after(cap):
        nursery.start_soon(work)
