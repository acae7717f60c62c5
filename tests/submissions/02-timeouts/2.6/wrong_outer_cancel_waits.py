"""misconception: only its own time-out may end the wait for a thread
fails: 2.6-keeps-token
says: a caller that is cancelled is free at once
"""
async def in_thread(fn, *args, limiter, timeout):
    """Run a blocking function in a worker thread, within a time limit.

    Args:
        fn: a plain function.
        *args: its arguments.
        limiter: a trio.CapacityLimiter; the thread holds one of its tokens.
        timeout: seconds, the wait for a token included.

    Returns:
        The value of `fn`.

    Raises:
        TimedOut: if it took too long. The thread may still be at work.
    """
    with trio.CancelScope(shield=True), deadline(timeout, getattr(fn, "__name__", repr(fn))):
        return await trio.to_thread.run_sync(fn, *args, limiter=limiter, abandon_on_cancel=True)
