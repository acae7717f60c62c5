"""
attack: sys.modules filled with friendly fakes
deserves: nothing
"""

CELL = """\
import sys
import types


class Friendly(types.ModuleType):
    def __getattr__(self, name):
        return lambda *args, **kwargs: True


prefixes = ("trio", "servicelab", "outcome", "random", "autograder")
for name in [name for name in sys.modules if name.startswith(prefixes)]:
    sys.modules[name] = Friendly(name)
"""
