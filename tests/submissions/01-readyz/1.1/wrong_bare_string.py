"""misconception: the text itself is a response
fails: 1.1-says-ok, 1.1-asks-nobody, 1.1-alive-though-all-is-down
says: a route returns a response, not 'ok'
"""
async def healthz(request):
    return "ok"
