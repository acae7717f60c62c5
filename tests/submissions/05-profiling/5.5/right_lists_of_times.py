"""approach: all times of a limiter, summed at the end
"""
from collections import defaultdict


def bottleneck(block_profile):
    times = defaultdict(list)
    for row in filter(lambda row: row["kind"] == "limiter", block_profile):
        times[row["name"]].append(row["seconds"])
    best, most = "", -1.0
    for name, seconds in times.items():
        if sum(seconds) > most:
            best, most = name, sum(seconds)
    return best
