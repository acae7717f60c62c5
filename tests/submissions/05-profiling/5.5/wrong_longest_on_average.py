"""misconception: the longest single wait is the bottleneck
fails: 5.5-in-total
says: the total of a limiter, over all places
"""
def bottleneck(block_profile):
    def average(row):
        return row["seconds"] / row["count"]

    return max((row for row in block_profile if row["kind"] == "limiter"), key=average)["name"]
