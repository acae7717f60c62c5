"""misconception: the token belongs to the caller and goes back when the caller leaves
fails: 2.6-keeps-token, 2.6-limit
says: the token is given back when the thread ends, not when the caller leaves
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    with deadline(timeout, getattr(fn, "__name__", repr(fn))):
        async with limiter:
            own = trio.CapacityLimiter(1)
            return await trio.to_thread.run_sync(fn, *args, limiter=own, abandon_on_cancel=True)
