"""misconception: a Cancelled inside of the block is always one's own
fails: 2.4-never-extends, 2.4-leaves
says: an inner limit never extends an outer one
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    with trio.move_on_after(seconds):
        try:
            yield
        except trio.Cancelled:
            raise TimedOut(f"{name} exceeded {seconds} s") from None
