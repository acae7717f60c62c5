"""misconception: the route may be written once more from report
fails: 1.5-readyz, 1.5-own-routes, 1.5-apart
says: /readyz is answered by readiness.readyz
"""
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    async def readyz(request):
        ready, checks = await readiness.report()
        return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)

    health = [Route("/healthz", healthz), Route("/readyz", readyz)]
    return Starlette(routes=[*health, *routes], lifespan=lifespan)
