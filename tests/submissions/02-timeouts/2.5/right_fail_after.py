"""approach: fail_after, whose own end is told by its scope
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        scope = None
        try:
            with trio.fail_after(cap) as scope:
                await async_fn()
        except Exception as error:
            if scope.cancelled_caught and isinstance(error, trio.TooSlowError):
                logging.getLogger("detached").info("cut off after %s s", cap)
            else:
                logging.getLogger("detached").exception("failed")

    nursery.start_soon(work)
