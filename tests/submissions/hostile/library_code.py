"""
attack: the code of library functions exchanged, their names as before
deserves: nothing
"""

CELL = """\
import trio
from servicelab import observe, schedules, stimuli, values


async def at_once(seconds):
    pass


def zero():
    return 0.0


for function, other in [(trio.sleep, at_once), (trio.current_time, zero)]:
    function.__code__ = other.__code__
observe.told.__code__ = (lambda error: {"type": "", "text": "", "where": "", "stub": False}).__code__
values.encode.__code__ = (lambda value, depth=0: ["bool", True]).__code__
schedules.run_once.__defaults__ = None
stimuli.unseen.__code__ = (lambda name: __import__("random").Random(0)).__code__
"""
