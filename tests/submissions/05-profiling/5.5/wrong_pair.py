"""misconception: most_common(1)[0] is the name
fails: 5.5-longest
says: the limiter with the most seconds
"""
from collections import Counter


def bottleneck(block_profile):
    totals = Counter()
    for row in block_profile:
        if row["kind"] == "limiter":
            totals[row["name"]] += row["seconds"]
    return totals.most_common(1)[0]
