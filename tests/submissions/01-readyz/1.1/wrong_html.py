"""misconception: any text will do as media type
fails: 1.1-says-ok, 1.1-alive-though-all-is-down
says: the media type is text/plain
"""
from starlette.responses import HTMLResponse



async def healthz(request):
    return HTMLResponse("ok")
