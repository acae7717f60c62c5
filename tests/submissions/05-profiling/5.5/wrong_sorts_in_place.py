"""misconception: sort() gives a sorted copy
fails: 5.5-in-total
says: the rows are not changed
"""
from collections import Counter


def bottleneck(block_profile):
    block_profile.sort(key=lambda row: row["place"], reverse=True)
    totals = Counter()
    for row in block_profile:
        if row["kind"] == "limiter":
            totals[row["name"]] += row.pop("seconds")
    return totals.most_common(1)[0][0]
