"""misconception: catching everything keeps the service safe
fails: 2.5-shutdown
says: a Cancelled is never swallowed
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        with trio.move_on_after(cap):
            try:
                await async_fn()
            except BaseException:
                logging.getLogger("detached").exception("failed")

    nursery.start_soon(work)
