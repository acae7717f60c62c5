"""approach: a class with __enter__ and __exit__ around a cancel scope; a chain of ifs for the status
"""
import trio


class deadline:
    def __init__(self, seconds, name):
        self.seconds, self.name = seconds, name

    def __enter__(self):
        self.scope = trio.CancelScope(deadline=trio.current_time() + self.seconds)
        self.scope.__enter__()
        return self.scope

    def __exit__(self, *exc):
        suppressed = self.scope.__exit__(*exc)
        if self.scope.cancelled_caught:
            raise TimedOut(f"{self.name} exceeded {self.seconds} s")
        return suppressed


def status_of(error):
    if isinstance(error, TimedOut):
        return 504
    elif isinstance(error, ShuttingDown):
        return 503
    elif isinstance(error, ClientGone):
        return None
    return 500
