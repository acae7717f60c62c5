"""approach: a copy of the context is taken by hand and the work is spawned from inside of it
"""
import contextvars
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    context = contextvars.copy_context()

    async def work():
        try:
            with trio.move_on_at(trio.current_time() + cap):
                return await async_fn()
        except Exception as error:
            logger = logging.getLogger("detached")
            logger.log(logging.ERROR, "%s failed: %r", getattr(async_fn, "__name__", async_fn), error, exc_info=True)

    context.run(nursery.start_soon, work)
