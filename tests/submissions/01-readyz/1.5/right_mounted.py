"""approach: the health routes are an application of their own below a mount at the root
"""
from starlette.applications import Starlette
from starlette.routing import Mount, Route, Router


def create_app(readiness, *, routes=(), lifespan=None):
    health = Router([Route("/healthz", healthz), Route("/readyz", readiness.readyz)])
    return Starlette(routes=[*routes, Mount("/", app=health)], lifespan=lifespan)
