"""approach: an object keeps the state of the race
"""

import trio

_NOBODY = object()


class _Race:
    def __init__(self, size):
        self.left = size
        self.winner = _NOBODY
        self.errors = []
        self.over = trio.Event()

    async def run(self, fn):
        try:
            value = await fn()
        except Exception as exc:
            self.errors.append(exc)
            self.left -= 1
            if self.left == 0:
                self.over.set()
            return
        if self.winner is _NOBODY:
            self.winner = value
        self.over.set()


async def race(*async_fns):
    if len(async_fns) == 0:
        raise ValueError("nothing to race")
    state = _Race(len(async_fns))
    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(state.run, fn)
        await state.over.wait()
        nursery.cancel_scope.cancel()
    if state.winner is _NOBODY:
        raise ExceptionGroup("nobody", state.errors)
    return state.winner
