"""
attack: the interpreter crashes
deserves: nothing
"""

CELL = """\
import ctypes

ctypes.string_at(0)
"""
