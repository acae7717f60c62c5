"""misconception: print is a log
fails: 2.5-logs
says: the exception goes to logging at level ERROR, once
"""
import traceback

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            with trio.move_on_after(cap):
                await async_fn()
        except Exception:
            print(traceback.format_exc())

    nursery.start_soon(work)
