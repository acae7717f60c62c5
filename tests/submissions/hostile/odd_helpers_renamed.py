"""
attack: honest: its own things under names that the notebook also uses
deserves: full
"""

CELL = """\
results = errors = nursery = check = place = "mine"
partial_results = {}
source = "a source of my own"
"""
