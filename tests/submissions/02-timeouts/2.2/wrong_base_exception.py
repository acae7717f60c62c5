"""misconception: catching everything is the safe way
fails: 2.2-cap
says: no `except` may keep it
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            cap = steps.caps.get(name, math.inf)
            with trio.move_on_after(cap) as limit:
                try:
                    value = await getattr(steps, name)(event)
                except BaseException as error:
                    raise StoreFailed(f"{name} has failed") from error
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
