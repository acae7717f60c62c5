"""misconception: the server cancels the request when the client goes
fails: 2.3-gone, 2.3-other-messages, 2.3-gone-already
says: ClientGone is raised, as itself, when the client has gone
"""
async def until_disconnect(receive, async_fn):
    return await async_fn()
