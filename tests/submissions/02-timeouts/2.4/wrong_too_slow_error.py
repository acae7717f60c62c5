"""misconception: trio's own error says enough
fails: 2.4-cuts
says: a block is cut when its time is over, and named
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    with trio.fail_after(seconds):
        yield
