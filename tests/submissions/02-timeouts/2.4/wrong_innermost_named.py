"""misconception: the innermost of the limits that have expired is to blame
fails: 2.4-several-expired
says: the outer one expired during the clean-up: the outer one is named
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    end = trio.current_time() + seconds
    with trio.move_on_after(seconds):
        try:
            yield
        except trio.Cancelled:
            if trio.current_time() >= end:
                raise TimedOut(f"{name} exceeded {seconds} s") from None
            raise
