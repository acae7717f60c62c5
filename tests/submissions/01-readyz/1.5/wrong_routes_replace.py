"""misconception: the given routes take the place of the health routes
fails: 1.5-own-routes, 1.5-apart
says: the two health routes are still there
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    health = [Route("/healthz", healthz), Route("/readyz", readiness.readyz)]
    return Starlette(routes=list(routes) or health, lifespan=lifespan)
