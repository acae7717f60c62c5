"""misconception: an error of the function and a late one are both nothing
fails: 2.6-own-error
says: what the function raises is no time-out, and not lost
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    with deadline(timeout, getattr(fn, "__name__", repr(fn))):
        try:
            return await trio.to_thread.run_sync(fn, *args, limiter=limiter, abandon_on_cancel=True)
        except Exception:
            return None
