"""
attack: the virtual clock stands still
deserves: nothing
"""

CELL = """\
import trio
import trio.testing

trio.current_time = lambda: 0.0
trio.testing.MockClock.current_time = lambda self: 0.0
trio.testing.MockClock.jump = lambda self, seconds: None
"""
