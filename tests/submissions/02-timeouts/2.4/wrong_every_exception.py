"""misconception: whatever goes wrong within a limit is the limit's doing
fails: 2.4-passes, 2.4-cleanup-fails
says: it passes unchanged
"""
from contextlib import contextmanager

import trio


@contextmanager
def deadline(seconds, name):
    try:
        with trio.fail_after(seconds):
            yield
    except Exception:
        raise TimedOut(f"{name} exceeded {seconds} s") from None
