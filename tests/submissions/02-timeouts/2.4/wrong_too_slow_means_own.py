"""misconception: a TooSlowError can only be one's own
fails: 2.4-passes
says: it passes unchanged
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    try:
        with trio.fail_after(seconds):
            yield
    except (trio.TooSlowError, TimeoutError, OSError):
        raise TimedOut(f"{name} exceeded {seconds} s") from None
