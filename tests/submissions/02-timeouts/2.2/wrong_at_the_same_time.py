"""misconception: steps that run at the same time are faster
fails: 2.2-in-turn
says: auth, validate, store: in turn, each with the event
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    values, errors = {}, []

    async def one(name):
        cap = steps.caps.get(name, math.inf)
        try:
            with trio.move_on_after(cap) as limit:
                values[name] = await getattr(steps, name)(event)
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
        except Exception as error:
            errors.append(error)
            nursery.cancel_scope.cancel()

    with trio.move_on_after(timeout) as request:
        async with trio.open_nursery() as nursery:
            for name in ("auth", "validate", "store"):
                nursery.start_soon(one, name)
    if errors:
        raise errors[0]
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return values["store"]
