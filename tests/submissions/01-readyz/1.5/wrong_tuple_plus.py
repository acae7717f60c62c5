"""misconception: routes is always a tuple
fails: 1.5-own-routes, 1.5-apart
says: can only concatenate tuple
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    health = [Route("/healthz", healthz), Route("/readyz", readiness.readyz)]
    return Starlette(routes=tuple(health) + routes, lifespan=lifespan)
