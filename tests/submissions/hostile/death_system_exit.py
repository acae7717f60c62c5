"""
attack: SystemExit and KeyboardInterrupt from a solution
deserves: nothing
"""

CELL = """\
async def gather(*async_fns):
    raise SystemExit(0)


raise KeyboardInterrupt
"""
