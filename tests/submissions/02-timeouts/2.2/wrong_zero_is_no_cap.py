"""misconception: a cap of 0 is the same as none
fails: 2.2-from-its-start
says: a cap of 0 is a cap
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
            cap = steps.caps.get(name) or inf
            with trio.move_on_after(cap) as limit:
                value = await getattr(steps, name)(event)
            if limit.cancelled_caught:
                raise TimedOut(f"{name} exceeded {cap} s")
    if request.cancelled_caught:
        raise TimedOut(f"request exceeded {timeout} s")
    return value
