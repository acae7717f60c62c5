"""misconception: fractions of a second do not matter
fails: 5.5-in-total
says: what counts is the total of a limiter
"""
def bottleneck(block_profile):
    t = Counter()
    for r in block_profile:
        if r['kind'] == 'limiter':
            t[r['name']] += int(r['seconds'])
    return t.most_common(1)[0][0]
