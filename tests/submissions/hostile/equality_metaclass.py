"""
attack: a class that says it is a list, with a name to match
deserves: nothing
"""

CELL = """\
class Same(type):
    def __eq__(cls, other):
        return True

    def __instancecheck__(cls, other):
        return True

    __hash__ = type.__hash__


class list(list, metaclass=Same):
    __eq__ = lambda self, other: True
    __class__ = list


async def gather(*async_fns):
    return list()
"""
