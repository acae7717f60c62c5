"""misconception: a TimedOut can only come from the cap
fails: 2.5-logs
says: the exception goes to logging at level ERROR, once
"""
def detach(nursery, async_fn, *, cap=30.0):
    """Start work that outlives its caller.

    Args:
        nursery: where it lives: the service's nursery, not the request's.
        async_fn: an async function without arguments.
        cap: seconds after which the work is cancelled.
    """
    async def work():
        try:
            with deadline(cap, 'detached'):
                await async_fn()
        except TimedOut:
            pass
        except Exception:
            logging.getLogger("deadlines").exception("detached work has failed")

    nursery.start_soon(work)
