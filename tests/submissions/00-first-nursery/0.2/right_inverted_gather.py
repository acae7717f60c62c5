"""approach: winning is an exception: gather does the rest
"""

import trio


class Won(BaseException):
    def __init__(self, value):
        self.value = value


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    won, lost = [], []

    async def contest(fn):
        try:
            value = await fn()
        except Exception as error:
            lost.append(error)
        else:
            won.append(value)
            raise Won(value)

    try:
        async with trio.open_nursery() as nursery:
            for fn in async_fns:
                nursery.start_soon(contest, fn)
    except* Won:
        pass
    if won:
        return won[0]
    raise ExceptionGroup("all lost", lost)
