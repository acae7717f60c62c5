"""misconception: one queue and one worker do for all background work
fails: 2.5-context
says: the work sees the context variables as they were when detach was called
"""
import logging

import trio

_queues = {}


def detach(nursery, async_fn, *, cap=30.0):
    async def work(async_fn, cap):
        try:
            with trio.move_on_after(cap):
                await async_fn()
        except Exception:
            logging.getLogger("detached").exception("failed")

    async def worker(jobs):
        with trio.move_on_after(40):
            async with trio.open_nursery() as inner:
                async for job in jobs:
                    inner.start_soon(work, *job)

    if id(nursery) not in _queues:
        _queues.clear()
        send, jobs = trio.open_memory_channel(100)
        _queues[id(nursery)] = send
        nursery.start_soon(worker, jobs)
    _queues[id(nursery)].send_nowait((async_fn, cap))
