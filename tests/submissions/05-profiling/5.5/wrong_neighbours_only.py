"""misconception: groupby groups rows that are apart
fails: 5.5-in-total
says: the total of a limiter, over all places
"""
from itertools import groupby


def bottleneck(block_profile):
    rows = [row for row in block_profile if row["kind"] == "limiter"]
    totals = {}
    for name, group in groupby(rows, key=lambda row: row["name"]):
        totals[name] = sum(row["seconds"] for row in group)
    return max(totals, key=totals.get)
