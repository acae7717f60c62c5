"""misconception: every error about time is a 504
fails: 2.4-status
says: the status is that of the table
"""
import trio


def status_of(error):
    if isinstance(error, ClientGone):
        return None
    if isinstance(error, (TimedOut, TimeoutError, trio.TooSlowError)):
        return 504
    return 503 if isinstance(error, ShuttingDown) else 500
