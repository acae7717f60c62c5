"""
attack: trio.run does nothing
deserves: nothing
"""

CELL = """\
import trio

trio.run = lambda *args, **kwargs: None
"""
