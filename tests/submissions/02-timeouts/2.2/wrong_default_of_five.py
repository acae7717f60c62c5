"""misconception: two seconds were an example
fails: 2.2-default
says: timeout is 2.0 unless it is given
"""
import math

import trio


async def process(event, steps, *, timeout=5.0):
    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            cap = steps.caps.get(name, math.inf)
            with trio.move_on_after(cap) as limit:
                value = await getattr(steps, name)(event)
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
