"""misconception: whatever lets one through at a time is a limiter
fails: 5.5-only-limiters
says: only limiters count
"""
def bottleneck(block_profile):
    t = Counter()
    for r in block_profile:
        if 'limit' in r['kind'] or r['kind'] in ('lock', 'semaphore'):
            t[r['name']] += r['seconds']
    return t.most_common(1)[0][0]
