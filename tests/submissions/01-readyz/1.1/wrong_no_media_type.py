"""misconception: a Response has a media type without being told
fails: 1.1-says-ok, 1.1-alive-though-all-is-down
says: the media type is text/plain
"""
from starlette.responses import Response



async def healthz(request):
    return Response("ok")
