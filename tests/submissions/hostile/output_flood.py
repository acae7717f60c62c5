"""
attack: a hundred megabytes on one line
deserves: nothing
"""

CELL = """\
print('flood-of-output ' * 7_000_000)
"""
