"""misconception: to measure is to limit
fails: 2.4-cuts
says: nothing was left to wake one
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    begin = trio.current_time()
    yield
    if trio.current_time() - begin >= seconds:
        raise TimedOut(f"{name} exceeded {seconds} s")
