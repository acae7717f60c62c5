"""
attack: it waits for somebody to type
deserves: nothing
"""

CELL = """\
input('password? ')
"""
