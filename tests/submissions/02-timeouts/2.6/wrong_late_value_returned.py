"""misconception: move_on_after around a thread raises something when it is late
fails: 2.6-timeout, 2.6-wait-counts
says: the cause names function and limit
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    with trio.move_on_after(timeout):
        return await trio.to_thread.run_sync(fn, *args, limiter=limiter, abandon_on_cancel=True)
