"""
attack: it looks for the work of others and changes it
deserves: nothing
"""

CELL = """\
import glob
import os

for pattern in ("../*", "../../*", "../../../*", "../../../submitted/*/*", "/proc/*/cwd/*", "/proc/*/root/tmp/*"):
    for path in glob.glob(pattern):
        try:
            with open(path, "a") as file:
                file.write("neighbour-was-here")
            print("could-write-to-a-neighbour", path)
        except OSError:
            pass
        try:
            os.unlink(path)
        except OSError:
            pass
"""
