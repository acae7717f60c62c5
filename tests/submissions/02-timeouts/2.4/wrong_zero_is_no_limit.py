"""misconception: a limit of 0 s is the same as none
fails: 2.4-never-extends
says: a limit of 0 s is a limit
"""
@contextmanager
def deadline(seconds, name):
    """Limit the time of a block, and say which limit it was.

    Args:
        seconds: how long the block may take.
        name: whose limit it is, for the message.

    Raises:
        TimedOut: if its own time ran out and cut the block short.
    """
    with trio.move_on_after(seconds or inf) as scope:
        yield
    if scope.cancelled_caught:
        raise TimedOut(f"{name} exceeded {seconds} s")


def status_of(error):
    """Return the HTTP status for an error, None if there is nobody to tell."""
    if isinstance(error, ClientGone):
        return None
    if isinstance(error, TimedOut):
        return 504
    return 503 if isinstance(error, ShuttingDown) else 500
