"""approach: each step in a child task of its own; its result or error is carried out, so that no group is raised
"""
import math

import trio


async def _in_child(fn, event):
    results = []

    async def child():
        try:
            results.append((await fn(event), None))
        except Exception as error:
            results.append((None, error))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(child)
    value, error = results[0]
    if error is not None:
        raise error
    return value


async def process(event, steps, *, timeout=2.0):
    await trio.lowlevel.checkpoint()
    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            with trio.move_on_after(steps.caps.get(name, math.inf)) as limit:
                value = await _in_child(getattr(steps, name), event)
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {steps.caps[name]} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
