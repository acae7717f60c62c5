"""misconception: a limit of one's own must be kept from other cancellations
fails: 2.4-never-extends, 2.4-leaves
says: an inner limit never extends an outer one
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    with trio.move_on_after(seconds, shield=True) as scope:
        yield
    if scope.cancelled_caught:
        raise TimedOut(f"{name} exceeded {seconds} s")
