"""
attack: it looks for secrets of the grader
deserves: nothing
"""

CELL = """\
import glob
import os

for path in [*glob.glob("/proc/*/environ"), *glob.glob("/proc/*/cmdline"), *glob.glob("/proc/*/maps")]:
    try:
        with open(path, "rb") as file:
            print("a-file-of-a-process", path, file.read()[:200])
    except OSError:
        pass
print(dict(os.environ))
"""
