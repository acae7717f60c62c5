"""misconception: what is waited for most often is the bottleneck
fails: 5.5-longest
says: the limiter with the most seconds
"""
def bottleneck(block_profile):
    counts = {}
    for row in block_profile:
        if row["kind"] == "limiter":
            counts[row["name"]] = counts.get(row["name"], 0) + row["count"]
    return max(counts, key=counts.get)
