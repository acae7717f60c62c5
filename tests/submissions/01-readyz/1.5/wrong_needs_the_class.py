"""misconception: only a Readiness can be asked: an interface is a base class
fails: 1.5-healthz, 1.5-readyz, 1.5-own-routes, 1.5-lifespan, 1.5-apart
says: whatever that is made of
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    if not isinstance(readiness, Readiness):
        raise TypeError("readiness must be a Readiness")
    health = [Route("/healthz", healthz), Route("/readyz", readiness.readyz)]
    return Starlette(routes=[*health, *routes], lifespan=lifespan)
