"""misconception: all caps count from the beginning of the request
fails: 2.2-cap, 2.2-from-its-start
says: a step is cut when its cap is over
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    begin = trio.current_time()
    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            cap = steps.caps.get(name, math.inf)
            with trio.CancelScope(deadline=begin + cap) as limit:
                value = await getattr(steps, name)(event)
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
