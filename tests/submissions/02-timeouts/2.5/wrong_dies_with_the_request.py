"""misconception: a task belongs to the scope in which it was started
fails: 2.5-outlives
says: the work goes on when the caller is cancelled
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    request = trio.lowlevel.current_task()

    async def work():
        try:
            with trio.move_on_after(cap) as own:
                async with trio.open_nursery() as inner:

                    async def watch():
                        while trio.lowlevel.current_task() and not request._cancel_status.effectively_cancelled:
                            await trio.sleep(0.25)
                        own.cancel()

                    inner.start_soon(watch)
                    await async_fn()
                    inner.cancel_scope.cancel()
        except Exception:
            logging.getLogger("detached").exception("failed")

    nursery.start_soon(work)
