"""misconception: the end of its time is the end of the block, and nothing more
fails: 2.4-cuts
says: a block is cut when its time is over, and named
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    with trio.move_on_after(seconds):
        yield
