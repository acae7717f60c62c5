"""
attack: a fork bomb
deserves: nothing
"""

CELL = """\
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
"""
