"""misconception: a scope whose time is over has cut its block short
fails: 2.4-in-time
says: a block that was late, but not cut short, ended by itself
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    with trio.move_on_after(seconds) as scope:
        yield
    if scope.cancel_called:
        raise TimedOut(f"{name} exceeded {seconds} s")
