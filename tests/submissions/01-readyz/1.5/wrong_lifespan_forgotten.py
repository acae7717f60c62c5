"""misconception: lifespan is optional, so it may be left out
fails: 1.5-lifespan
says: entered at start-up, left at shutdown, once
"""
from starlette.applications import Starlette
from starlette.routing import Route


def create_app(readiness, *, routes=(), lifespan=None):
    health = [Route("/healthz", healthz), Route("/readyz", readiness.readyz)]
    return Starlette(routes=[*health, *routes])
