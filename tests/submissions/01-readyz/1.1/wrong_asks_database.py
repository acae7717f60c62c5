"""misconception: liveness asks a dependency, so that a hiccup of the database restarts the process
fails: 1.1-says-ok, 1.1-asks-nobody, 1.1-alive-though-all-is-down
says: healthz asks no dependency
"""
from starlette.responses import PlainTextResponse



async def healthz(request):
    await request.app.state.database.ping()
    return PlainTextResponse("ok")
