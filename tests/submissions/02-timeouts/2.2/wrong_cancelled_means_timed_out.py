"""misconception: a Cancelled in a step can only be the step's own time-out
fails: 2.2-timeout, 2.2-leaves
says: the request has its own time-out
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            cap = steps.caps.get(name, math.inf)
            with trio.move_on_after(cap):
                try:
                    value = await getattr(steps, name)(event)
                except trio.Cancelled:
                    raise TimedOut(f"{name} exceeded {cap} s") from None
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
