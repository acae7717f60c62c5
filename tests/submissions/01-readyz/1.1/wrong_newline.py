"""misconception: a text ends with a newline
fails: 1.1-says-ok, 1.1-alive-though-all-is-down
says: the body is exactly ok
"""
from starlette.responses import PlainTextResponse



async def healthz(request):
    return PlainTextResponse("ok\n")
