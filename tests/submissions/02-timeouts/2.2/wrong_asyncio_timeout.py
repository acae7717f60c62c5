"""misconception: asyncio's tools work under trio
fails: 2.2-in-turn
says: process returns the value of store
"""
import asyncio


async def process(event, steps, *, timeout=2.0):
    try:
        async with asyncio.timeout(timeout):
            for name in ("auth", "validate", "store"):
                async with asyncio.timeout(steps.caps.get(name)):
                    value = await getattr(steps, name)(event)
    except TimeoutError:
        raise TimedOut(f"request exceeded {timeout} s") from None
    return value
