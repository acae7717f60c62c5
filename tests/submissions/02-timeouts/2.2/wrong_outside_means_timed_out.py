"""misconception: who is cancelled has run out of time
fails: 2.2-leaves
says: neither a value nor a TimedOut
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    try:
        with trio.move_on_after(timeout) as request:
            for name in ("auth", "validate", "store"):
                cap = steps.caps.get(name, math.inf)
                with trio.move_on_after(cap) as limit:
                    value = await getattr(steps, name)(event)
                if limit.cancelled_caught:
                    raise TimedOut(f"{name} exceeded {cap} s")
    except trio.Cancelled:
        raise TimedOut(f"request exceeded {timeout} s") from None
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
