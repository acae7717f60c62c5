"""misconception: detached means kept from every cancellation
fails: 2.5-shutdown
says: when the service stops, detached work is cancelled at once
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            with trio.move_on_after(cap, shield=True):
                await async_fn()
        except Exception:
            logging.getLogger("detached").exception("failed")

    nursery.start_soon(work)
