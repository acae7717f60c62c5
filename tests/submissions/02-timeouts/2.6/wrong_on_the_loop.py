"""misconception: a function called inside of an async function does not block, since `await` is near
fails: 2.6-value, 2.6-loop-goes-on, 2.6-timeout
says: stopped every task of the program
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    async with limiter:
        with deadline(timeout, getattr(fn, "__name__", repr(fn))):
            await trio.lowlevel.checkpoint()
            return fn(*args)
