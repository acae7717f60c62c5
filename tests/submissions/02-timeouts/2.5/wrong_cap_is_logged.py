"""misconception: work that is cut off has failed, and is logged
fails: 2.5-cap
says: the end of its time is no failure: it is not logged as an error
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            with trio.fail_after(cap):
                await async_fn()
        except Exception:
            logging.getLogger("detached").exception("failed")

    nursery.start_soon(work)
