"""misconception: the text of an exception says enough
fails: 2.5-logs
says: the record holds the stack: where it went wrong
"""
import logging

import trio


def detach(nursery, async_fn, *, cap=30.0):
    async def work():
        try:
            with trio.move_on_after(cap):
                await async_fn()
        except Exception as error:
            logging.getLogger("detached").error("failed: %r", error)

    nursery.start_soon(work)
