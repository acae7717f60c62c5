"""misconception: trio's own error says enough
fails: 2.6-timeout
says: the cause names function and limit
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    with trio.fail_after(timeout):
        return await trio.to_thread.run_sync(fn, *args, limiter=limiter, abandon_on_cancel=True)
