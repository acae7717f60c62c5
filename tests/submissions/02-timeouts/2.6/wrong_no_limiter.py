"""misconception: threads are free; the default limiter will do
fails: 2.6-wait-counts, 2.6-keeps-token, 2.6-limit
says: who gets no token in time is told so in time
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    with deadline(timeout, getattr(fn, "__name__", repr(fn))):
        return await trio.to_thread.run_sync(fn, *args, abandon_on_cancel=True)
