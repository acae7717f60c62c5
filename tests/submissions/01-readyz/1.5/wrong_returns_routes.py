"""misconception: the routes are the application
fails: 1.5-healthz, 1.5-readyz, 1.5-own-routes, 1.5-lifespan, 1.5-apart
says: create_app returns a Starlette application
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    health = [Route("/healthz", healthz), Route("/readyz", readiness.readyz)]
    return [*health, *routes]
