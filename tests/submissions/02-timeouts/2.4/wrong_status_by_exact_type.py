"""misconception: the type of an error is looked up in a dict
fails: 2.4-kinds-of-kinds
says: a subclass of an error has the status of that error
"""
def status_of(error):
    return {TimedOut: 504, ShuttingDown: 503, ClientGone: None, StoreFailed: 500}.get(type(error), 500)
