"""misconception: a group with one exception is just that exception
fails: 2.2-own-errors
says: an error of a step is raised as it is
"""
async def process(event, steps, *, timeout=2.0):
    """Run the steps of one request, each under its cap, all under one time-out.

    Args:
        event: what the client sent; every step gets it.
        steps: a `Steps`.
        timeout: seconds for all steps together.

    Returns:
        The value of `steps.store`.

    Raises:
        TimedOut: if the request or a step took too long; the cause names which.
        Exception: what a step raises, as it is.
    """
    with trio.move_on_after(timeout) as request:
        for name in ("auth", "validate", "store"):
            cap = steps.caps.get(name, inf)
            with trio.move_on_after(cap) as limit:
                try:
                    value = await getattr(steps, name)(event)
                except BaseExceptionGroup as g:
                    if len(g.exceptions) == 1:
                        raise g.exceptions[0]
                    raise
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
