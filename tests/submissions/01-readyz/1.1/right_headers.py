"""approach: headers set by hand, with one more
"""
from starlette.responses import Response



async def healthz(request):
    headers = {"content-type": "text/plain", "cache-control": "no-store"}
    return Response("ok", status_code=200, headers=headers)
