"""misconception: once the service stops, errors may leave the nursery
fails: 2.5-cut-off
says: an exception of the clean-up is not raised either
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
            with trio.move_on_after(cap):
                await async_fn()
        except Exception:
            if nursery.cancel_scope.cancel_called:
                raise
            logging.getLogger("deadlines").exception("detached work has failed")

    nursery.start_soon(work)
