"""approach: sorted by name, grouped, summed
"""
from itertools import groupby
from operator import itemgetter


def bottleneck(block_profile):
    rows = sorted((r for r in block_profile if r["kind"] == "limiter"), key=itemgetter("name"))
    sums = [(sum(r["seconds"] for r in group), name) for name, group in groupby(rows, itemgetter("name"))]
    return max(sums)[1]
