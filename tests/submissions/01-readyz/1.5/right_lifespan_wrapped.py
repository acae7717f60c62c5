"""approach: a lifespan of its own that enters the given one
"""
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    @asynccontextmanager
    async def whole(app):
        if lifespan is None:
            yield
        else:
            async with lifespan(app) as state:
                yield state

    health = Route("/readyz", readiness.readyz), Route("/healthz", healthz)
    return Starlette(lifespan=whole, routes=(*health, *routes))
