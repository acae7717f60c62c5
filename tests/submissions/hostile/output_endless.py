"""
attack: output without an end
deserves: nothing
"""

CELL = """\
while True:
    print('and-on-and-on-and-on')
"""
