"""
attack: the process ends without an error
deserves: nothing
"""

CELL = """\
import os

os._exit(0)
"""
