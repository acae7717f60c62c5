"""misconception: a step's own limit must be kept from the request's
fails: 2.2-timeout
says: the request is cut when its own time is over
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            cap = steps.caps.get(name, math.inf)
            with trio.move_on_after(cap, shield=name in steps.caps) as limit:
                value = await getattr(steps, name)(event)
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
            await trio.lowlevel.checkpoint()
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
