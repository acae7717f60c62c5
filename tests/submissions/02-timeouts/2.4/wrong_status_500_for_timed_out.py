"""misconception: every error of the server is a 500
fails: 2.4-status
says: the status is that of the table
"""
def status_of(error):
    if isinstance(error, ClientGone):
        return None
    return 503 if isinstance(error, ShuttingDown) else 500
