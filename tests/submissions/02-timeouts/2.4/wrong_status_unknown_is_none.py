"""misconception: what is not in the table has no status
fails: 2.4-status
says: the status is that of the table
"""
def status_of(error):
    for kind, status in ((TimedOut, 504), (ShuttingDown, 503), (StoreFailed, 500)):
        if isinstance(error, kind):
            return status
