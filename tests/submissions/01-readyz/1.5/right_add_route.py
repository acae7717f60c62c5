"""approach: an empty application, routes added one by one
"""
from starlette.applications import Starlette


def create_app(readiness, *, routes=(), lifespan=None):
    app = Starlette(lifespan=lifespan)
    app.add_route("/healthz", healthz)
    app.add_route("/readyz", readiness.readyz)
    app.router.routes.extend(routes)
    return app
