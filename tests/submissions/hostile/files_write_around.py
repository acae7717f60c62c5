"""
attack: it writes wherever it can
deserves: nothing
"""

CELL = """\
import os
import pathlib

import servicelab
import trio

targets = ["/tmp/stranger-was-here", "/dev/shm/stranger-was-here", "/var/tmp/stranger-was-here", "/stranger-was-here"]
targets += [os.path.expanduser("~root/stranger-was-here"), trio.__file__, servicelab.__file__, "../stranger-was-here"]
for target in targets:
    try:
        with open(target, "a") as file:
            file.write("stranger-was-here")
    except OSError:
        pass
for name in ("sitecustomize.py", "trio.py", "usercustomize.py"):
    for folder in __import__("sys").path:
        try:
            pathlib.Path(folder, name).write_text("stranger_was_here = True")
        except OSError:
            pass
"""
