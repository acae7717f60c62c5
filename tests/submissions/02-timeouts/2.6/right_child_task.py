"""approach: a child task makes the call and leaves the result in a list; the parent watches the time"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    results = []

    async def work():
        try:
            value = await trio.to_thread.run_sync(fn, *args, limiter=limiter, abandon_on_cancel=True)
            results.append((value, None))
        except Exception as error:
            results.append((None, error))
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        await trio.sleep(timeout)
        nursery.cancel_scope.cancel()
    if not results:
        raise TimedOut(f"{getattr(fn, '__name__', repr(fn))} exceeded {timeout} s")
    value, error = results[0]
    if error is not None:
        raise error
    return value
