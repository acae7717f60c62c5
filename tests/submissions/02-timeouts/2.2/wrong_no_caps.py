"""misconception: one limit around everything is enough
fails: 2.2-cap
says: a step is cut when its cap is over
"""
import trio


async def process(event, steps, *, timeout=2.0):
    with trio.move_on_after(timeout):
        await steps.auth(event)
        await steps.validate(event)
        return await steps.store(event)
    raise TimedOut(f"request exceeded {timeout} s")
