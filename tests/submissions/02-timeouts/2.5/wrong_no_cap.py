"""misconception: work in the background may take as long as it likes
fails: 2.5-cap, 2.5-default-cap
says: work that takes longer than cap is cancelled then
"""
import logging


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            await async_fn()
        except Exception:
            logging.getLogger("detached").exception("failed")

    nursery.start_soon(work)
