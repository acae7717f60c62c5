"""approach: the routes are closures that hand on
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    async def alive(request):
        return await healthz(request)

    async def ready(request):
        return await readiness.readyz(request)

    table = {"/healthz": alive, "/readyz": ready}
    every = [Route(path, endpoint, methods=["GET"]) for path, endpoint in table.items()]
    every.extend(routes)
    return Starlette(False, every, lifespan=lifespan)
