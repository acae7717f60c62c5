"""misconception: the repr of a function is a good name
fails: 2.6-timeout, 2.6-wait-counts
says: the cause names function and limit
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    with deadline(timeout, repr(fn)):
        return await trio.to_thread.run_sync(fn, *args, limiter=limiter, abandon_on_cancel=True)
