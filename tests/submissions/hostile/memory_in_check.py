"""
attack: it takes all the memory while it is checked
deserves: nothing
"""

CELL = """\
async def gather(*async_fns):
    return [0] * 10**12
"""
