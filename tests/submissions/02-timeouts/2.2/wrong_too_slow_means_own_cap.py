"""misconception: a TooSlowError can only be one's own
fails: 2.2-own-errors
says: an error of a step is raised as it is
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    try:
        with trio.fail_after(timeout):
            for name in ("auth", "validate", "store"):
                cap = steps.caps.get(name, math.inf)
                try:
                    with trio.fail_after(cap):
                        value = await getattr(steps, name)(event)
                except (trio.TooSlowError, TimeoutError):
                    raise TimedOut(f"{name} exceeded {cap} s") from None
    except trio.TooSlowError:
        raise TimedOut(f"request exceeded {timeout} s") from None
    return value
