"""approach: one scope whose deadline is moved for each step; the name of the limit is worked out from which deadline was earlier
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    end = trio.current_time() + timeout
    value = None
    for name in ("auth", "validate", "store"):
        cap = steps.caps.get(name, math.inf)
        own_end = trio.current_time() + cap
        with trio.CancelScope(deadline=min(end, own_end)) as scope:
            value = await getattr(steps, name)(event)
        if scope.cancelled_caught:
            raise TimedOut(f"{name} exceeded {cap} s" if own_end < end else f"request exceeded {timeout} s")
    return value
