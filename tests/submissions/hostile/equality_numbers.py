"""
attack: subclasses of numbers and text that encode as something else than they are
deserves: nothing
"""

CELL = """\
import enum


class Liar(int):
    def __int__(self):
        return 0

    __index__ = __int__

    def __repr__(self):
        return "[" + "0, " * 9 + "0]"

    __str__ = __repr__


class Word(str, enum.Enum):
    A = "a"

    def __repr__(self):
        return '", ["list", []], "'


class Half(float):
    __repr__ = lambda self: "0.0"


async def gather(*async_fns):
    return [kind(1) if kind is not Word else Word.A for kind, _ in zip([Liar, Half, Word] * 9, async_fns)]
"""
