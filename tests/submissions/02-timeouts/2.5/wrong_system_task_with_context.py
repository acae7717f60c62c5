"""misconception: what keeps the context variables may run anywhere
fails: 2.5-shutdown
says: when the service stops, detached work is cancelled at once
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

    trio.lowlevel.spawn_system_task(work, context=contextvars.copy_context())
