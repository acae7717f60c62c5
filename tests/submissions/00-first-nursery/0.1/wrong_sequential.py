"""misconception: async functions that are awaited in a loop run at the same time
fails: 0.1-at-once
says: all start at once
"""

async def gather(*async_fns):
    return [await async_fn() for async_fn in async_fns]
