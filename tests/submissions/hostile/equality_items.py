"""
attack: a right kind of list with items that equal everything
deserves: nothing
"""

CELL = """\
class Any(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__


class All(list):
    def __iter__(self):
        return (Any() for _ in range(5))


async def gather(*async_fns):
    return All()
"""
