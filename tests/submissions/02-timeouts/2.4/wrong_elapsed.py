"""misconception: what took longer has been cut short
fails: 2.4-in-time
says: a block that was late, but not cut short, ended by itself
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    begin = trio.current_time()
    with trio.move_on_after(seconds):
        yield
    if trio.current_time() - begin >= seconds:
        raise TimedOut(f"{name} exceeded {seconds} s")
