"""misconception: the profile is sorted, so the first row is the answer
fails: 5.5-longest
says: the limiter with the most seconds
"""
def bottleneck(block_profile):
    return next(row["name"] for row in block_profile if row["kind"] == "limiter")
