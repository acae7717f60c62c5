"""approach: the work in a child of a nursery of its own, next to a timer that cancels it
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def supervised():
        async def work():
            try:
                await async_fn()
            except Exception:
                logging.getLogger("detach").exception("failed")
            inner.cancel_scope.cancel()

        async with trio.open_nursery() as inner:
            inner.start_soon(work)
            await trio.sleep(cap)
            inner.cancel_scope.cancel()

    nursery.start_soon(supervised)
