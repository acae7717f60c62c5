"""
attack: a file of a terabyte
deserves: nothing
"""

CELL = """\
with open('sparse-terabyte', 'wb') as file:
    file.truncate(1 << 40)
"""
