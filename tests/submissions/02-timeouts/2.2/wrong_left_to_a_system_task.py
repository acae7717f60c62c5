"""misconception: who is late can be left to finish in the background
fails: 2.2-cap, 2.2-no-survivors
says: no task is left behind when a function has returned
"""
import math

import trio


async def process(event, steps, *, timeout=2.0):
    end = trio.current_time() + timeout
    for name in ("auth", "validate", "store"):
        cap = steps.caps.get(name, math.inf)
        done, results = trio.Event(), []

        async def work(fn=getattr(steps, name), done=done, results=results):
            try:
                results.append((await fn(event), None))
            except Exception as error:
                results.append((None, error))
            done.set()

        trio.lowlevel.spawn_system_task(work)
        own_end = trio.current_time() + cap
        with trio.CancelScope(deadline=min(end, own_end)) as limit:
            await done.wait()
        if limit.cancelled_caught:
            raise TimedOut(f"{name} exceeded {cap} s" if own_end < end else f"request exceeded {timeout} s")
        value, error = results[0]
        if error is not None:
            raise error
    return value
