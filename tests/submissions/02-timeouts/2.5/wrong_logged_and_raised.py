"""misconception: who logs an exception has to raise it again
fails: 2.5-logs
says: an exception of the work is not raised: the nursery goes on
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            with trio.move_on_after(cap):
                await async_fn()
        except Exception:
            logging.getLogger("detached").exception("failed")
            raise

    nursery.start_soon(work)
