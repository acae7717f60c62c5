"""misconception: a limit may be started anew for each step
fails: 2.2-timeout, 2.2-no-cap
says: caps do not add up: the request has its own time-out
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    for name in ("auth", "validate", "store"):
        with trio.move_on_after(timeout) as request:
            cap = steps.caps.get(name, math.inf)
            with trio.move_on_after(cap) as limit:
                value = await getattr(steps, name)(event)
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
        if request.cancelled_caught:
            raise TimedOut(f"request exceeded {timeout} s")
    return value
