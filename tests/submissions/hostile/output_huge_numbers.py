"""
attack: results that no encoder can write: numbers with a million digits, not a number, nesting without an end
deserves: nothing
"""

CELL = """\
nest = []
for _ in range(200_000):
    nest = [nest]
loop = []
loop.append(loop)
results = iter([10**1_000_000, float("nan"), float("-inf"), nest, loop, -0.0, {"a": {1, 2}}, b"x" * (1 << 24)])


async def gather(*async_fns):
    return [next(results, 10**5000) for _ in async_fns]
"""
