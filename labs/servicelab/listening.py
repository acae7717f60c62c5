"""Serve an application on a port of this machine from a trio task, until it is cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from .server import Server

if TYPE_CHECKING:
    from starlette.types import ASGIApp


async def listen(
    app: ASGIApp, *, host: str, port: int, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve an application; it ends when it is cancelled.

    Args:
        app: an ASGI application.
        host: the address to listen on.
        port: the port to listen on.
        task_status: of `nursery.start`: told the port when it listens.

    Raises:
        OSError: if the port is taken.
    """
    await Server(app).serve(host, port, task_status=task_status)
