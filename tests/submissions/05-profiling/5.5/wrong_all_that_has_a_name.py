"""misconception: only limiters have names
fails: 5.5-only-limiters
says: only limiters count
"""
def bottleneck(block_profile):
    t = Counter()
    for r in block_profile:
        if r['name']:
            t[r['name']] += r['seconds']
    return t.most_common(1)[0][0]
