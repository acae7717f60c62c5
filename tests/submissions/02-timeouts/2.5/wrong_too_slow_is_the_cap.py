"""misconception: a TooSlowError can only be the cap's
fails: 2.5-logs
says: the exception goes to logging at level ERROR, once
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            with trio.fail_after(cap):
                await async_fn()
        except trio.TooSlowError:
            pass
        except Exception:
            logging.getLogger("detached").exception("failed")

    nursery.start_soon(work)
