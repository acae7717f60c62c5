"""approach: a streamed body
"""
from starlette.responses import StreamingResponse



async def letters():
    yield "o"
    yield "k"


async def healthz(_request):
    return StreamingResponse(letters(), 200, media_type="text/plain; charset=utf-8")
