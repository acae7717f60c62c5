"""approach: except*, so that a group with a Cancelled in it is split
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            with trio.move_on_after(cap):
                await async_fn()
        except* Exception:
            logging.getLogger(__name__).exception("detached work failed")

    nursery.start_soon(work, name="detached")
