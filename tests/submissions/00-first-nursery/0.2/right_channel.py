"""approach: the children report (value, error) through a channel; the parent receives until there is a value
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    send, receive = trio.open_memory_channel(len(async_fns))

    async def contest(fn):
        try:
            report = (True, await fn())
        except Exception as error:
            report = (False, error)
        send.send_nowait(report)

    errors = []
    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
        while len(errors) < len(async_fns):
            good, what = await receive.receive()
            if good:
                nursery.cancel_scope.cancel()
                break
            errors.append(what)
    if good:
        return what
    raise ExceptionGroup("everybody failed", errors)
