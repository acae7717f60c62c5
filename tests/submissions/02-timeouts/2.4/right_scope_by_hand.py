"""approach: a CancelScope with its deadline set inside; the status from a table of types searched in order
"""
from contextlib import contextmanager

import trio

_STATUS = [(TimedOut, 504), (ShuttingDown, 503), (ClientGone, None), (StoreFailed, 500), (BaseException, 500)]


@contextmanager
def deadline(seconds, name):
    cause = "{} exceeded {} s".format(name, seconds)
    with trio.CancelScope() as scope:
        scope.deadline = trio.current_time() + seconds
        yield
    if scope.cancelled_caught:
        raise TimedOut(cause)


def status_of(error):
    return next(status for kind, status in _STATUS if isinstance(error, kind))
