"""approach: the steps as a recursion inside nested functions; no scope at all for a step without a cap
"""
import trio


async def process(event, steps, *, timeout=2.0):
    async def run(names):
        first, *rest = names
        fn = getattr(steps, first)
        if first in steps.caps:
            with trio.move_on_after(steps.caps[first]) as limit:
                value = await fn(event)
            if limit.cancelled_caught:
                raise TimedOut(f"{first} exceeded {steps.caps[first]} s")
        else:
            value = await fn(event)
        return await run(rest) if rest else value

    with trio.move_on_after(timeout) as request:
        return await run(["auth", "validate", "store"])
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
