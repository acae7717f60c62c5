"""misconception: liveness may ask a dependency as long as it catches the error and says 503
fails: 1.1-says-ok, 1.1-asks-nobody, 1.1-alive-though-all-is-down
says: healthz asks no dependency
"""
from starlette.responses import PlainTextResponse



async def healthz(request):
    try:
        await request.app.state.database.ping()
    except Exception:
        return PlainTextResponse("down", status_code=503)
    return PlainTextResponse("ok")
