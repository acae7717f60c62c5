"""misconception: finally is the place for what comes at the end
fails: 2.4-cleanup-fails
says: every other exception passes, that of a clean-up too
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    scope = trio.move_on_after(seconds)
    try:
        with scope:
            yield
    finally:
        if scope.cancelled_caught or scope.cancel_called and scope.deadline <= trio.current_time():
            raise TimedOut(f"{name} exceeded {seconds} s")
