"""misconception: background work has no request, so it needs no context
fails: 2.5-context
says: the work sees the context variables as they were when detach was called
"""
import contextvars
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            with trio.move_on_after(cap):
                await async_fn()
        except Exception:
            logging.getLogger("detached").exception("failed")

    contextvars.Context().run(nursery.start_soon, work)
