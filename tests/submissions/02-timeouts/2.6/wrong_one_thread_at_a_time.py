"""misconception: a lock is needed around calls in threads
fails: 2.6-loop-goes-on, 2.6-keeps-token
says: two calls may be at work at the same time
"""
import trio

_lock = trio.CapacityLimiter(1)


async def in_thread(fn, *args, limiter, timeout):
    with deadline(timeout, getattr(fn, "__name__", repr(fn))):
        async with limiter:
            return await trio.to_thread.run_sync(fn, *args, limiter=_lock, abandon_on_cancel=True)
