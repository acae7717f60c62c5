"""misconception: `return` inside a nursery's block stops its tasks
fails: 0.2-first-wins
says: race returns as soon as there is a winner
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    send, receive = trio.open_memory_channel(len(async_fns))

    async def contest(fn):
        try:
            value, error = await fn(), None
        except Exception as caught:
            value, error = None, caught
        send.send_nowait((value, error))

    errors = []
    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
        for _ in async_fns:
            value, error = await receive.receive()
            if error is None:
                return value
            errors.append(error)
    raise ExceptionGroup("all failed", errors)
