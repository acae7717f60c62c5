"""misconception: the application finds its readiness by itself
fails: 1.5-apart
says: each has its own readiness
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    global current
    current = readiness

    async def readyz(request):
        return await current.readyz(request)

    health = [Route("/healthz", healthz), Route("/readyz", readyz)]
    return Starlette(routes=[*health, *routes], lifespan=lifespan)
