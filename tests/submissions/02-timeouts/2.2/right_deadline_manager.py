"""approach: a context manager of its own for both kinds of limit
"""
from contextlib import contextmanager

import trio


@contextmanager
def _limit(seconds, name):
    with trio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise TimedOut(f"{name} exceeded {seconds} s")


async def process(event, steps, *, timeout=2.0):
    with _limit(timeout, "request"):
        for name in ["auth", "validate", "store"]:
            with _limit(steps.caps.get(name, float("inf")), name):
                value = await getattr(steps, name)(event)
        return value
