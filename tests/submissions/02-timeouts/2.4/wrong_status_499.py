"""misconception: a client that has gone gets a status too
fails: 2.4-status
says: the status is that of the table
"""
def status_of(error):
    for kind, status in ((TimedOut, 504), (ShuttingDown, 503), (ClientGone, 499)):
        if isinstance(error, kind):
            return status
    return 500
