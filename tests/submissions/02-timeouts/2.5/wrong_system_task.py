"""misconception: a system task is a nursery that is always there
fails: 2.5-context, 2.5-shutdown
says: the work sees the context variables as they were when detach was called
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            with trio.move_on_after(cap):
                await async_fn()
        except Exception:
            logging.getLogger("detached").exception("failed")

    trio.lowlevel.spawn_system_task(work)
