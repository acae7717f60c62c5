"""misconception: a default list is made anew for each call
fails: 1.5-apart
says: each has its own routes
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=[], lifespan=None, known=[]):
    known.extend(routes)
    health = [Route("/healthz", healthz), Route("/readyz", readiness.readyz)]
    return Starlette(routes=[*health, *known], lifespan=lifespan)
