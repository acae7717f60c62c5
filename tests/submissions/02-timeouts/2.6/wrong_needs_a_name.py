"""misconception: every callable has a __name__
fails: 2.6-timeout
says: has no attribute '__name__'
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    with deadline(timeout, fn.__name__):
        return await trio.to_thread.run_sync(fn, *args, limiter=limiter, abandon_on_cancel=True)
