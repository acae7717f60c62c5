"""misconception: the limit that was set last counts
fails: 2.4-never-extends
says: an inner limit never extends an outer one
"""
from contextlib import contextmanager

import trio

_open = []


@contextmanager
def deadline(seconds, name):
    with trio.move_on_after(seconds) as scope:
        for outer in _open:
            outer.deadline = max(outer.deadline, scope.deadline)
        _open.append(scope)
        try:
            yield
        finally:
            _open.remove(scope)
    if scope.cancelled_caught:
        raise TimedOut(f"{name} exceeded {seconds} s")
