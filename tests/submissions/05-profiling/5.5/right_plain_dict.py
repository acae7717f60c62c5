"""approach: a dict and max
"""
def bottleneck(block_profile):
    totals = {}
    for row in block_profile:
        if row["kind"] == "limiter":
            totals[row["name"]] = totals.get(row["name"], 0.0) + row["seconds"]
    return max(totals, key=totals.get)
