"""
attack: it returns what the reference returned in an earlier run
deserves: nothing
"""

CELL = """\
async def gather(*async_fns):
    return ["answer after 1 s", "answer after 2 s", "answer after 3 s", "answer after 4 s", "answer after 1 s"]
"""
