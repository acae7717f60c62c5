"""
attack: objects whose repr, hash and truth recurse or crash, in results and in errors
deserves: nothing
"""

CELL = """\
class Deep(list):
    def __repr__(self):
        return repr([Deep([self])])

    __str__ = __repr__

    def __bool__(self):
        return bool(Deep([self]))

    def __len__(self):
        return len(Deep([self, self]))

    def __iter__(self):
        return iter(Deep([self]))


class Odd(BaseException):
    def __init__(self, *args):
        super().__init__(Deep())


async def gather(*async_fns):
    raise Odd


Deep()
"""
