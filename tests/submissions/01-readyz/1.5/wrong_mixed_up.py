"""misconception: both routes tell how the service is
fails: 1.5-healthz
says: /healthz is answered by healthz
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    health = [Route("/healthz", readiness.readyz), Route("/readyz", readiness.readyz)]
    return Starlette(routes=[*health, *routes], lifespan=lifespan)
