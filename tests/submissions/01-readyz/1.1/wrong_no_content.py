"""misconception: nothing to say is status 204
fails: 1.1-says-ok, 1.1-alive-though-all-is-down
says: the status is 200
"""
from starlette.responses import Response



async def healthz(request):
    return Response(status_code=204)
