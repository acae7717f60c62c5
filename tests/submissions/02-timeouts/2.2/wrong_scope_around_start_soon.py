"""misconception: a scope limits what is started inside of it
fails: 2.2-cap
says: a step is cut when its cap is over, with all that it has started
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    values = []

    async def keep(fn):
        values.append(await fn(event))

    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            cap = steps.caps.get(name, math.inf)
            async with trio.open_nursery() as nursery:
                with trio.move_on_after(cap) as limit:
                    nursery.start_soon(keep, getattr(steps, name))
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return values[-1]
