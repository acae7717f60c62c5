"""misconception: the cause names the seconds that the step really had
fails: 2.2-timeout
says: the request has its own time-out
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    end = trio.current_time() + timeout
    for name in ("auth", "validate", "store"):
        seconds = min(steps.caps.get(name, math.inf), end - trio.current_time())
        with trio.move_on_after(seconds) as limit:
            value = await getattr(steps, name)(event)
        if limit.cancelled_caught:
            raise TimedOut(f"{name} exceeded {seconds} s")
    return value
