"""misconception: the caller's list may be used to build on
fails: 1.5-own-routes
says: the caller's list is not changed
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    health = [Route("/healthz", healthz), Route("/readyz", readiness.readyz)]
    routes = routes if isinstance(routes, list) else list(routes)
    routes += health
    return Starlette(routes=routes, lifespan=lifespan)
