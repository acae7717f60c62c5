"""misconception: a store that fails makes the service unavailable
fails: 2.4-status
says: the status is that of the table
"""
def status_of(error):
    if isinstance(error, ClientGone):
        return None
    if isinstance(error, TimedOut):
        return 504
    return 503 if isinstance(error, (ShuttingDown, StoreFailed)) else 500
