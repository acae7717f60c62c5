"""
attack: errors whose text, name, notes, group and chain have no end
deserves: nothing
"""

CELL = """\
class Chain(Exception):
    __notes__ = ["n" * 1_000_000] * 50

    def __str__(self):
        return "\\x1b[2J\\u202e<b onclick=x>" * 300_000

    __repr__ = __str__

    @property
    def __cause__(self):
        return Chain()

    @property
    def exceptions(self):
        return (Chain(),)


Chain.__name__ = Chain.__qualname__ = "\\x1b]0;owned\\x07<img src=x onerror=alert(1)>" * 1000


def groups(depth):
    error = Chain()
    for _ in range(depth):
        error = ExceptionGroup("g", [error, Chain()])
    return error


async def gather(*async_fns):
    raise groups(3000)


raise groups(500)
"""
