"""
attack: objects that never die, finalizers, callbacks of the collector and forks that do not return
deserves: nothing
"""

CELL = """\
import atexit
import gc
import os
import time
import weakref


class Undead:
    def __del__(self):
        Undead()
        for fd in range(3, 260):
            try:
                os.set_blocking(fd, False)
                os.write(fd, b"[]" + bytes([10]))
            except OSError:
                pass


os.register_at_fork(after_in_child=lambda: time.sleep(3600), after_in_parent=lambda: Undead())
gc.callbacks.append(lambda phase, info: Undead())
gc.set_threshold(1)
keep = Undead()
weakref.finalize(keep, time.sleep, 3600)
atexit.register(time.sleep, 3600)
"""
