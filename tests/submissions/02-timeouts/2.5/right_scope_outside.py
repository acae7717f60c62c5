"""approach: the scope around the try, a logger of its own, the function as a keyword of partial
"""
import functools
import logging

import trio

_log = logging.getLogger("background")


async def _guarded(async_fn, cap):
    with trio.CancelScope() as scope:
        scope.deadline = trio.current_time() + cap
        try:
            await async_fn()
        except Exception as error:
            _log.error("background work failed", exc_info=error)


def detach(nursery, async_fn, *, cap=30.0):
    nursery.start_soon(functools.partial(_guarded, cap=cap), async_fn)
