"""misconception: whatever is waited for longest is the bottleneck
fails: 5.5-only-limiters
says: only limiters count
"""
from collections import Counter


def bottleneck(block_profile):
    totals = Counter()
    for row in block_profile:
        totals[row["name"]] += row["seconds"]
    return totals.most_common(1)[0][0]
