"""misconception: work that is cut off has failed
fails: 2.5-cap, 2.5-default-cap
says: work that takes longer than cap is cancelled then, and nothing is raised
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        with trio.fail_after(cap):
            try:
                await async_fn()
            except Exception:
                logging.getLogger("detached").exception("failed")

    nursery.start_soon(work)
