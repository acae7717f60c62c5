"""approach: a class whose object is the task
"""
import logging

import trio


class _Detached:
    def __init__(self, async_fn, cap):
        self.async_fn, self.cap = async_fn, cap

    async def run(self):
        await trio.lowlevel.checkpoint()
        with trio.move_on_after(self.cap):
            await self.attempt()

    async def attempt(self):
        try:
            await self.async_fn()
        except Exception:
            logging.exception("work in the background has failed")


def detach(nursery, async_fn, *, cap=30.0):
    nursery.start_soon(_Detached(async_fn, cap).run)
