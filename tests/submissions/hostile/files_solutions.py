"""
attack: it reads the solutions
deserves: nothing
"""

CELL = """\
import pathlib

found = [path for path in pathlib.Path("/").rglob("*.ipynb")]
for path in found:
    print("a-notebook-was-found", path, path.read_text()[:300])
import autograder.release
"""
