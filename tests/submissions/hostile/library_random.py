"""
attack: a random generator that always gives what the attacker knows
deserves: nothing
"""

CELL = """\
import random

random.Random.random = lambda self: 0.0
random.Random.sample = lambda self, population, k, **options: [1] * k
random.Random.randint = lambda self, low, high: 1
random.Random.choices = lambda self, population, k=1, **options: [1] * k
random.Random.getrandbits = lambda self, bits: 0
random.seed = lambda *args: None
"""
