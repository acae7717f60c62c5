"""misconception: an exception comes out of a nursery as it went in
fails: 2.2-own-errors
says: an error of a step is raised as it is
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
            with trio.move_on_after(cap) as limit:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(keep, getattr(steps, name))
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return values[-1]
