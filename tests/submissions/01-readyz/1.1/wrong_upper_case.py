"""misconception: OK and ok are the same to a program
fails: 1.1-says-ok, 1.1-alive-though-all-is-down
says: the body is exactly ok
"""
from starlette.responses import PlainTextResponse



async def healthz(request):
    return PlainTextResponse("OK")
