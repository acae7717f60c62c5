"""
attack: honest: a tracing function for debugging was left on
deserves: full
"""

CELL = """\
import sys

lines = []


def trace(frame, event, arg):
    if len(lines) < 1000:
        lines.append((frame.f_lineno, event))
    return trace


sys.settrace(trace)
"""
