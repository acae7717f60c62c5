"""
attack: a clock of one's own under the name trio, and a solution that does one thing after the other
deserves: nothing
"""

CELL = """\
import trio as real


class Fake:
    def __getattr__(self, name):
        return getattr(real, name)

    def current_time(self):
        return 0


trio = Fake()


async def gather(*async_fns):
    return []
"""
