"""approach: gives way to other tasks once before it answers
"""
import trio
from starlette.responses import PlainTextResponse


async def healthz(request):
    await trio.lowlevel.checkpoint()
    return PlainTextResponse("ok")
