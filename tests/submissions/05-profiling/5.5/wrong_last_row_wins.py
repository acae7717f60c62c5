"""misconception: a dict comprehension adds up
fails: 5.5-in-total
says: the total of a limiter, over all places
"""
def bottleneck(block_profile):
    totals = {row["name"]: row["seconds"] for row in block_profile if row["kind"] == "limiter"}
    return max(totals, key=totals.get)
