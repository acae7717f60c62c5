"""misconception: the nursery's own scope is a good place for the cap
fails: 2.5-cap, 2.5-apart
says: work that takes longer than cap is cancelled then, and nothing is raised
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            await async_fn()
        except Exception:
            logging.getLogger("detached").exception("failed")

    nursery.cancel_scope.deadline = min(nursery.cancel_scope.deadline, trio.current_time() + cap)
    nursery.start_soon(work)
