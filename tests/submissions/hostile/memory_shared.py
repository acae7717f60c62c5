"""
attack: it takes memory that limits on address space do not see
deserves: nothing
"""

CELL = """\
import os

for number in range(1000):
    fd = os.memfd_create(f"hoard-{number}")
    try:
        os.write(fd, bytes(10**7))
    except OSError:
        break
"""
