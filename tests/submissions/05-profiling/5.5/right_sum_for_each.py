"""approach: the sum over all rows, once for each name
"""
def bottleneck(block_profile):
    def total(name):
        return sum(row["seconds"] for row in block_profile if (row["kind"], row["name"]) == ("limiter", name))

    return max({row["name"] for row in block_profile if row["kind"] == "limiter"}, key=total)
