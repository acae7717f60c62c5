"""approach: an ExitStack subclass: the check is a callback that runs after the scope has closed
"""
from contextlib import ExitStack

import trio


def deadline(seconds, name):
    class Limited(ExitStack):
        def __enter__(self):
            def checked(*exc):
                if scope.cancelled_caught:
                    raise TimedOut(f"{name} exceeded {seconds} s")

            self.push(checked)
            scope = self.enter_context(trio.move_on_after(seconds))
            return super().__enter__()

    return Limited()


def status_of(error):
    if isinstance(error, ClientGone):
        return None
    return {True: 504}.get(isinstance(error, TimedOut), 503 if isinstance(error, ShuttingDown) else 500)
