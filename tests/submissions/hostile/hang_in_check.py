"""
attack: a solution that never lets go of the processor
deserves: nothing
"""

CELL = """\
async def gather(*async_fns):
    while True:
        pass
"""
