"""misconception: an exception of background work is the service's problem
fails: 2.5-logs, 2.5-group
says: an exception of the work is not raised: the nursery goes on
"""
import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        with trio.move_on_after(cap):
            await async_fn()

    nursery.start_soon(work)
