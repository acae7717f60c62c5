"""
attack: the names that checks use are other things in the notebook
deserves: nothing
"""

CELL = """\
class trio:
    @staticmethod
    def current_time():
        return Anything()

    sleep = CancelScope = move_on_after = lambda *args, **kwargs: None


class Anything(float):
    __eq__ = lambda self, other: True
    __hash__ = float.__hash__


unseen = verify = error_of = describe = print
_observe = _reference = lambda *args: None
sorted = list = len = max = min = lambda *args, **options: Anything()
"""
