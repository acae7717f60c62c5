"""
attack: it fills the disk
deserves: nothing
"""

CELL = """\
for number in range(100_000):
    with open(f"filler-{number}", "wb") as file:
        file.write(bytes(10**7))
"""
