"""
attack: the check's process ends as if all were well
deserves: nothing
"""

CELL = """\
import os


async def gather(*async_fns):
    os._exit(0)
"""
