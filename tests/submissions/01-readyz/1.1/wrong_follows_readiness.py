"""misconception: there is one truth: liveness repeats what readiness says
fails: 1.1-says-ok, 1.1-asks-nobody, 1.1-alive-though-all-is-down
says: healthz asks no dependency
"""
from starlette.responses import PlainTextResponse



async def healthz(request):
    ready, _ = await request.app.state.readiness.report()
    return PlainTextResponse("ok", status_code=200 if ready else 503)
