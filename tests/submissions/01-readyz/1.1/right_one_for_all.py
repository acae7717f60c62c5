"""approach: one response object made beforehand and used for every request
"""
from starlette.responses import PlainTextResponse



ALIVE = PlainTextResponse("ok")


async def healthz(request):
    return ALIVE
