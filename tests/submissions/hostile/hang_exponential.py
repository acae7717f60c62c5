"""
attack: an expression whose evaluation does not end, in C code
deserves: nothing
"""

CELL = """\
10 ** 10 ** 9 % 7
"""
