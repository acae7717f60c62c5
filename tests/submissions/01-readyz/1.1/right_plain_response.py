"""approach: a Response with an explicit media type and body bytes
"""
from starlette.responses import Response



async def healthz(request):
    return Response(b"ok", media_type="text/plain")
