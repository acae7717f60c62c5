"""misconception: the arguments reach the function by themselves
fails: 2.6-value
says: in_thread returns what the function returns
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    with deadline(timeout, getattr(fn, "__name__", repr(fn))):
        return await trio.to_thread.run_sync(fn, limiter=limiter, abandon_on_cancel=True)
