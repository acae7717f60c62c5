"""misconception: what nobody waits for is worth a warning
fails: 2.5-logs
says: the exception goes to logging at level ERROR, once
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            with trio.move_on_after(cap):
                await async_fn()
        except Exception:
            logging.getLogger("detached").warning("failed", exc_info=True)

    nursery.start_soon(work)
