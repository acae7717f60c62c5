"""approach: an ExitStack holds the request's scope; the steps are pairs in a list; fail_after told from a step's own TooSlowError by the scope
"""
from contextlib import ExitStack

import trio


async def process(event, steps, *, timeout=2.0):
    plan = [("auth", steps.auth), ("validate", steps.validate), ("store", steps.store)]
    with ExitStack() as stack:
        request = stack.enter_context(trio.move_on_after(timeout))
        for name, fn in plan:
            limit = None
            try:
                with trio.fail_after(steps.caps.get(name, 1e9)) as limit:
                    value = await fn(event)
            except trio.TooSlowError as error:
                if not limit.cancelled_caught:
                    raise error
                raise TimedOut(f"{name} exceeded {steps.caps[name]} s") from None
        return value
    raise TimedOut(f"request exceeded {timeout} s")
