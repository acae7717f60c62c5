"""misconception: to notice that a step was late is to limit it
fails: 2.2-cap
says: a step is cut when its cap is over
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    begin = trio.current_time()
    for name in ("auth", "validate", "store"):
        start = trio.current_time()
        value = await getattr(steps, name)(event)
        if trio.current_time() - start > steps.caps.get(name, math.inf):
            raise TimedOut(f"{name} exceeded {steps.caps[name]} s")
        if trio.current_time() - begin > timeout:
            raise TimedOut(f"request exceeded {timeout} s")
    return value
