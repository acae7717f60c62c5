"""
attack: honest: names of builtins used for other things, as beginners do
deserves: full
"""

CELL = """\
list = [3, 1, 2]
sum = 0
for max in list:
    sum += max
id, type, input, next, sorted, all, range, round, str, set = 1, "a", "b", None, "c", "d", 9, 0.5, "x", {4}
print = None
"""
