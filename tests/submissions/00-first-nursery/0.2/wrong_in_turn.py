"""misconception: the functions are tried in turn until one works
fails: 0.2-first-wins
says: race returns the value of the first function that returns
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    errors = []
    for fn in async_fns:
        try:
            return await fn()
        except Exception as error:
            errors.append(error)
    raise ExceptionGroup("all failed", errors)
