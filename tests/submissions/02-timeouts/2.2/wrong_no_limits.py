"""misconception: steps end by themselves
fails: 2.2-cap
says: a step is cut when its cap is over
"""
async def process(event, steps, *, timeout=2.0):
    await steps.auth(event)
    await steps.validate(event)
    return await steps.store(event)
