"""misconception: the longest row is the answer
fails: 5.5-in-total
says: the total of a limiter, over all places
"""
def bottleneck(block_profile):
    rows = [row for row in block_profile if row["kind"] == "limiter"]
    return max(rows, key=lambda row: row["seconds"])["name"]
