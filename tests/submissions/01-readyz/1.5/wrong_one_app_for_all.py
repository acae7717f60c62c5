"""misconception: one application for the process is enough
fails: 1.5-readyz, 1.5-apart
says: each has its own readiness
"""
from starlette.applications import Starlette
from starlette.routing import Route


app = Starlette()


def create_app(readiness, *, routes=(), lifespan=None):
    app.router.lifespan_context = lifespan or app.router.lifespan_context
    app.router.routes += [Route("/healthz", healthz), Route("/readyz", readiness.readyz), *routes]
    return app
