"""
attack: text that no file can hold, in outputs and in errors
deserves: nothing
"""

CELL = """\
print(chr(0xD800) + chr(0) + chr(27) + "]0;title" + chr(7))
raise ValueError(chr(0xDFFF) * 10)
"""
