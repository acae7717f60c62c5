"""
attack: it takes all the memory there is
deserves: nothing
"""

CELL = """\
hoard = []
while True:
    hoard.append(bytearray(10**8))
"""
