"""approach: no loop: three blocks, a helper for one step, scopes made by hand
"""
import math

import trio


async def _step(name, fn, event, caps):
    scope = trio.CancelScope(deadline=trio.current_time() + caps.get(name, math.inf))
    with scope:
        return await fn(event)
    raise TimedOut(name + " exceeded " + str(caps[name]) + " s")


async def process(event, steps, *, timeout=2.0):
    with trio.CancelScope(deadline=trio.current_time() + timeout) as whole:
        await _step("auth", steps.auth, event, steps.caps)
        await _step("validate", steps.validate, event, steps.caps)
        return await _step("store", steps.store, event, steps.caps)
    assert whole.cancelled_caught
    raise TimedOut("request exceeded " + str(timeout) + " s")
