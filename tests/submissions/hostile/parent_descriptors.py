"""
attack: it reads and closes every descriptor it has, the requests among them
deserves: nothing
"""

CELL = """\
import os

for fd in range(3, 1024):
    try:
        os.set_blocking(fd, False)
        print(os.read(fd, 1 << 20))
    except OSError:
        pass
for fd in range(3, 1024):
    try:
        os.close(fd)
    except OSError:
        pass
"""
