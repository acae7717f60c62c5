"""misconception: a time limit ends a thread
fails: 2.6-timeout, 2.6-keeps-token
says: TimedOut comes when the time is over, not when the thread ends
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    begin = trio.current_time()
    with trio.move_on_after(timeout) as scope:
        value = await trio.to_thread.run_sync(fn, *args, limiter=limiter)
    if trio.current_time() - begin > timeout:
        raise TimedOut(f"{getattr(fn, '__name__', repr(fn))} exceeded {timeout} s")
    return value
