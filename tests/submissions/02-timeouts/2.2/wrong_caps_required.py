"""misconception: there is a cap for every step
fails: 2.2-cap, 2.2-no-cap
says: a step without a cap may use what the time-out leaves
"""
import trio


async def process(event, steps, *, timeout=2.0):
    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            with trio.move_on_after(steps.caps[name]) as limit:
                value = await getattr(steps, name)(event)
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {steps.caps[name]} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
