"""misconception: every step needs a cap, so one second if none is given
fails: 2.2-no-cap
says: a step without a cap may use what the time-out leaves
"""
import trio


async def process(event, steps, *, timeout=2.0):
    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            cap = steps.caps.get(name, 1.0)
            with trio.move_on_after(cap) as limit:
                value = await getattr(steps, name)(event)
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
