"""misconception: no value means that the time was over
fails: 2.6-value
says: the value of the function is returned, whatever it is
"""
async def in_thread(fn, *args, limiter, timeout):
    value = None
    with trio.move_on_after(timeout):
        value = await trio.to_thread.run_sync(fn, *args, limiter=limiter, abandon_on_cancel=True)
    if value is None:
        raise TimedOut(f"{getattr(fn, '__name__', repr(fn))} exceeded {timeout} s")
    return value
