"""misconception: a TooSlowError can only be one's own
fails: 2.6-own-error
says: what the function raises is no time-out, and not lost
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    try:
        with trio.fail_after(timeout):
            return await trio.to_thread.run_sync(fn, *args, limiter=limiter, abandon_on_cancel=True)
    except (trio.TooSlowError, TimeoutError, OSError):
        raise TimedOut(f"{getattr(fn, '__name__', repr(fn))} exceeded {timeout} s") from None
