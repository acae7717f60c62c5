"""misconception: the number is what matters
fails: 2.4-cuts
says: a block is cut when its time is over, and named
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    with trio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise TimedOut(f"exceeded {seconds} s")
