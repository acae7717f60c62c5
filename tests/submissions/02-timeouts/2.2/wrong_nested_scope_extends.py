"""misconception: an inner limit that is longer extends the outer one
fails: 2.2-timeout
says: the request has its own time-out
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            cap = steps.caps.get(name)
            if cap is not None:
                request.deadline = max(request.deadline, trio.current_time() + cap)
            with trio.move_on_after(math.inf if cap is None else cap) as limit:
                value = await getattr(steps, name)(event)
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
