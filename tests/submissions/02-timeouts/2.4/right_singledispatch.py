"""approach: fail_at with the scope kept in an object; the status by singledispatch
"""
from contextlib import AbstractContextManager
from functools import singledispatch

import trio


class _Deadline(AbstractContextManager):
    def __init__(self, seconds, name):
        self.cause = f"{name} exceeded {seconds} s"
        self.seconds = seconds

    def __enter__(self):
        self.manager = trio.move_on_after(self.seconds)
        self.scope = self.manager.__enter__()

    def __exit__(self, kind, error, trace):
        quiet = self.manager.__exit__(kind, error, trace)
        if quiet and self.scope.cancelled_caught:
            raise TimedOut(self.cause) from None
        return quiet


def deadline(seconds, name):
    return _Deadline(seconds, name)


@singledispatch
def status_of(error):
    return 500


@status_of.register
def _(error: TimedOut):
    return 504


@status_of.register
def _(error: ShuttingDown):
    return 503


@status_of.register
def _(error: ClientGone):
    return None
