"""
attack: honest: the first cell prints a lot, in other scripts and with emoji
deserves: full
"""

CELL = """\
print("größer, 日本語, русский, עברית, 🙂" * 200)
"""
