"""
attack: it makes itself readable and attaches to other processes
deserves: nothing
"""

CELL = """\
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(4, 1, 0, 0, 0)
for pid in range(1, 200):
    if pid != os.getpid() and libc.ptrace(16, pid, 0, 0) == 0:
        print("attached-to-a-process", pid)
"""
