"""approach: class-based endpoints that take their parts from app.state
"""
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.routing import Route


class Alive(HTTPEndpoint):
    async def get(self, request):
        return await healthz(request)


class Ready(HTTPEndpoint):
    async def get(self, request):
        return await request.app.state.readiness.readyz(request)


def create_app(readiness, *, routes=(), lifespan=None):
    app = Starlette(routes=[Route("/healthz", Alive), Route("/readyz", Ready), *routes], lifespan=lifespan)
    app.state.readiness = readiness
    return app
