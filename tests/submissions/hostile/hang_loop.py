"""
attack: an endless loop in a cell
deserves: nothing
"""

CELL = """\
while True:
    pass
"""
