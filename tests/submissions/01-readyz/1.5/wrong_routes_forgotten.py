"""misconception: an application has its own routes
fails: 1.5-own-routes, 1.5-apart
says: each given route is served
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    health = [Route("/healthz", healthz), Route("/readyz", readiness.readyz)]
    return Starlette(routes=[*health], lifespan=lifespan)
