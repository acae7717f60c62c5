"""
attack: it gives points in the gradebook, wherever that may be
deserves: nothing
"""

CELL = """\
import pathlib
import sqlite3

for path in [*pathlib.Path("/").rglob("gradebook.db"), *pathlib.Path("/proc").glob("*/cwd/gradebook.db")]:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE grade SET auto_score = 100, manual_score = 100")
    print("the-gradebook-was-written", path)
"""
