"""misconception: nobody waits for it, so nobody needs to know
fails: 2.5-logs
says: the exception goes to logging at level ERROR, once
"""
import contextlib

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        with contextlib.suppress(Exception), trio.move_on_after(cap):
            await async_fn()

    nursery.start_soon(work)
