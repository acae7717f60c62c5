"""
attack: honest: names with letters of other alphabets
deserves: full
"""

CELL = """\
größe = 1
имя = "Ада"
変数 = [größe, имя]
print(変数)
"""
