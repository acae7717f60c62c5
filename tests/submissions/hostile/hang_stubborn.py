"""
attack: an endless loop that catches the exception which would stop it
deserves: nothing
"""

CELL = """\
while True:
    try:
        while True:
            pass
    except BaseException:
        continue
"""
