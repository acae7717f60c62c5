"""misconception: a little pause does not matter
fails: 1.1-asks-nobody
says: healthz answers at once
"""
import trio
from starlette.responses import PlainTextResponse


async def healthz(request):
    await trio.sleep(0.1)
    return PlainTextResponse("ok")
