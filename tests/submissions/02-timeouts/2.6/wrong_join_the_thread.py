"""misconception: a thread is waited for by joining it
fails: 2.6-value, 2.6-loop-goes-on
says: two calls may be at work at the same time
"""
import threading

import trio


async def in_thread(fn, *args, limiter, timeout):
    results = []
    async with limiter:
        thread = threading.Thread(target=lambda: results.append(fn(*args)), daemon=True)
        thread.start()
        thread.join(0.05)
    if not results:
        raise TimedOut(f"{getattr(fn, '__name__', repr(fn))} exceeded {timeout} s")
    return results[0]
