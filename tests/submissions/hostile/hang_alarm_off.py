"""
attack: it turns the alarm off and sleeps
deserves: nothing
"""

CELL = """\
import signal
import time

signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
while True:
    time.sleep(1000)
"""
