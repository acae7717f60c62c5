"""misconception: routes is always a list
fails: 1.5-healthz, 1.5-readyz, 1.5-own-routes, 1.5-lifespan, 1.5-apart
says: can only concatenate list (not "tuple") to list
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    health = [Route("/healthz", healthz), Route("/readyz", readiness.readyz)]
    return Starlette(routes=health + routes, lifespan=lifespan)
