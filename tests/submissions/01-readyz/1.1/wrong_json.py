"""misconception: a health route answers JSON
fails: 1.1-says-ok, 1.1-alive-though-all-is-down
says: the media type is text/plain
"""
from starlette.responses import JSONResponse



async def healthz(request):
    return JSONResponse("ok")
