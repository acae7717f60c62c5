"""
attack: a list that equals everything
deserves: nothing
"""

CELL = """\
class Anything(list):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0

    def __iter__(self):
        return iter([self])

    def __len__(self):
        return 1

    def __repr__(self):
        return "[]"


async def gather(*async_fns):
    return Anything()
"""
