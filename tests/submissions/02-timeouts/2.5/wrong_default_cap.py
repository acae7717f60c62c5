"""misconception: half a minute was an example
fails: 2.5-default-cap
says: cap is 30.0 unless it is given, and counts from when the work was detached
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=60.0):
    async def work():
        try:
            with trio.move_on_after(cap):
                await async_fn()
        except Exception:
            logging.getLogger("detached").exception("failed")

    nursery.start_soon(work)
