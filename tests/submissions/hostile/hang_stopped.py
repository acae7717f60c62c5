"""
attack: it stops itself, its parent and its group as a terminal would
deserves: nothing
"""

CELL = """\
import os
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for pid in (os.getppid(), -1, 0):
    try:
        os.kill(pid, signal.SIGSTOP)
    except OSError:
        pass
os.kill(os.getpid(), signal.SIGSTOP)
"""
