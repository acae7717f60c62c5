"""misconception: a limiter that stands in many rows is the bottleneck
fails: 5.5-longest
says: the limiter with the most seconds
"""
from collections import Counter


def bottleneck(block_profile):
    return Counter(row["name"] for row in block_profile if row["kind"] == "limiter").most_common(1)[0][0]
