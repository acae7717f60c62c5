"""misconception: an application is made once: later calls get the first one
fails: 1.5-readyz, 1.5-own-routes, 1.5-lifespan, 1.5-apart
says: each has its own readiness
"""
from starlette.applications import Starlette
from starlette.routing import Route


made = None


def create_app(readiness, *, routes=(), lifespan=None):
    global made
    if made is None:
        health = [Route("/healthz", healthz), Route("/readyz", readiness.readyz)]
        made = Starlette(routes=[*health, *routes], lifespan=lifespan)
    return made
