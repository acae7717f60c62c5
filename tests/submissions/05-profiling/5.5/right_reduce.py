"""approach: a fold over the rows
"""
from functools import reduce


def bottleneck(block_profile):
    def add(totals, row):
        if row["kind"] != "limiter":
            return totals
        return {**totals, row["name"]: totals.get(row["name"], 0) + row["seconds"]}

    return sorted(reduce(add, block_profile, {}).items(), key=lambda pair: pair[1])[-1][0]
