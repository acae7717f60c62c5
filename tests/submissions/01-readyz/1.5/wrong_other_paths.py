"""misconception: health and ready are good paths as well
fails: 1.5-healthz, 1.5-readyz, 1.5-own-routes, 1.5-apart
says: the two health routes are still there
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    health = [Route("/health", healthz), Route("/ready", readiness.readyz)]
    return Starlette(routes=[*health, *routes], lifespan=lifespan)
