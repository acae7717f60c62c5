"""approach: fail_after, with the function's own exceptions carried out as values so that they are not mistaken
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    def captured():
        try:
            return fn(*args), None
        except Exception as error:
            return None, error

    try:
        with trio.fail_after(timeout):
            value, error = await trio.to_thread.run_sync(captured, limiter=limiter, abandon_on_cancel=True)
    except trio.TooSlowError:
        raise TimedOut(f"{getattr(fn, '__name__', None) or repr(fn)} exceeded {timeout} s") from None
    if error is not None:
        raise error
    return value
