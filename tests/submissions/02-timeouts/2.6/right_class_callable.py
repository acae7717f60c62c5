"""approach: the call is an object with its own method; the cancel scope is entered by hand"""
import functools

import trio


class _Call:
    def __init__(self, fn, args):
        self.fn = functools.partial(fn, *args)
        self.name = fn.__name__ if getattr(fn, "__name__", None) is not None else repr(fn)

    async def made(self, limiter, timeout):
        scope = trio.CancelScope(deadline=trio.current_time() + timeout)
        with scope:
            return await trio.to_thread.run_sync(self.fn, limiter=limiter, abandon_on_cancel=True)
        raise TimedOut("{} exceeded {} s".format(self.name, timeout))


async def in_thread(fn, *args, limiter, timeout):
    await trio.lowlevel.checkpoint()
    return await _Call(fn, args).made(limiter, timeout)
