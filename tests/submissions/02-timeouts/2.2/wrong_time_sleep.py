"""misconception: time.sleep is a way to wait for a task
fails: 2.2-in-turn
says: stopped every task of the program
"""
import math
import time

import trio


async def process(event, steps, *, timeout=2.0):
    end = time.monotonic() + timeout
    values = []
    async with trio.open_nursery() as nursery:

        async def work():
            for name in ("auth", "validate", "store"):
                values.append(await getattr(steps, name)(event))

        nursery.start_soon(work)
        while len(values) < 3:
            time.sleep(0.01)
            if time.monotonic() > end:
                raise TimedOut(f"request exceeded {timeout} s")
    return values[-1]
