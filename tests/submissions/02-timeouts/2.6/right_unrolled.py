"""approach: own cancel scope and a flag, no use of deadline; name worked out beforehand"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    name = fn.__name__ if hasattr(fn, "__name__") else repr(fn)
    value = None
    with trio.move_on_after(timeout) as scope:
        value = await trio.to_thread.run_sync(lambda: fn(*args), limiter=limiter, abandon_on_cancel=True)
    if scope.cancelled_caught:
        raise TimedOut(f"{name} exceeded {timeout} s")
    return value
