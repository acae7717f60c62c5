"""misconception: a route without methods answers none
fails: 1.5-healthz, 1.5-own-routes
says: /healthz is answered by healthz
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    health = [Route("/healthz", healthz, methods=["POST"]), Route("/readyz", readiness.readyz)]
    return Starlette(routes=[*health, *routes], lifespan=lifespan)
