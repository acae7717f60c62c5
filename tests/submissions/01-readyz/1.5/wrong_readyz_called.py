"""misconception: the route is the answer: called while wiring
fails: 1.5-readyz, 1.5-own-routes, 1.5-apart
says: /readyz is answered by readiness.readyz
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    health = [Route("/healthz", healthz), Route("/readyz", readiness.readyz(None))]
    return Starlette(routes=[*health, *routes], lifespan=lifespan)
