"""misconception: the time counts from where the manager is made
fails: 2.4-leaves
says: the time counts from where the block begins
"""
class deadline:
    def __init__(self, seconds, name):
        self.seconds, self.name = seconds, name
        self.at = trio.current_time() + seconds
    def __enter__(self):
        self.scope = trio.CancelScope(deadline=self.at)
        self.scope.__enter__()
        return self.scope
    def __exit__(self, *exc):
        caught = self.scope.__exit__(*exc)
        if self.scope.cancelled_caught:
            raise TimedOut(f"{self.name} exceeded {self.seconds} s")
        return caught


def status_of(error):
    if isinstance(error, ClientGone):
        return None
    if isinstance(error, TimedOut):
        return 504
    return 503 if isinstance(error, ShuttingDown) else 500
