"""
attack: a hundred thousand displays, deep JSON and unknown kinds of data
deserves: nothing
"""

CELL = """\
from IPython.display import display

deep = current = []
for _ in range(100_000):
    current.append([])
    current = current[0]
display({"application/vnd.custom+json": deep, "text/plain": "x"}, raw=True)
for _ in range(100_000):
    display({"application/javascript": "alert('displayed-script')", "text/plain": "x"}, raw=True)
"""
