"""misconception: with a cap on each step the request needs no limit of its own
fails: 2.2-timeout
says: caps do not add up: the request has its own time-out
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    for name in ("auth", "validate", "store"):
        cap = steps.caps.get(name)
        with trio.move_on_after(timeout if cap is None else cap) as limit:
            value = await getattr(steps, name)(event)
        if limit.cancelled_caught:
            raise TimedOut(f"request exceeded {timeout} s" if cap is None else f"{name} exceeded {cap} s")
    return value
