"""approach: fail_after, whose TooSlowError counts only if the scope has caught something
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    scope = None
    try:
        with trio.fail_after(seconds) as scope:
            yield scope
    except trio.TooSlowError:
        if scope is None or not scope.cancelled_caught:
            raise
        raise TimedOut(f"{name} exceeded {seconds} s") from None


def status_of(error):
    match error:
        case TimedOut():
            return 504
        case ShuttingDown():
            return 503
        case ClientGone():
            return None
        case _:
            return 500
