"""approach: a subclass of Starlette that adds its routes
"""
from starlette.applications import Starlette
from starlette.routing import Route


class Service(Starlette):
    pass


def create_app(readiness, *, routes=(), lifespan=None):
    service = Service(routes=list(routes), lifespan=lifespan)
    service.routes[:0] = [Route("/healthz", healthz), Route("/readyz", readiness.readyz)]
    return service
