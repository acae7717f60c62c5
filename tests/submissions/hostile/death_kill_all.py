"""
attack: it kills every process that it may
deserves: nothing
"""

CELL = """\
import os
import signal

os.kill(-1, signal.SIGKILL)
"""
