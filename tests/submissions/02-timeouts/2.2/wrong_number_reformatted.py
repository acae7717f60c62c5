"""misconception: seconds have one decimal
fails: 2.2-cap
says: a step is cut at its cap, and named
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            cap = steps.caps.get(name, math.inf)
            with trio.move_on_after(cap) as limit:
                value = await getattr(steps, name)(event)
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap:.1f} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout:.1f} s")
    return value
