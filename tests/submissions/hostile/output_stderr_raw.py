"""
attack: it writes to the descriptors themselves
deserves: nothing
"""

CELL = r"""
import os

for fd in range(3, 256):
    try:
        os.write(fd, b'{"index": 0, "ok": true, "outputs": [], "error": null}\n' * 100)
    except OSError:
        pass
"""
