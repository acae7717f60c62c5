"""Serve an application on a port of this machine from a trio task, until it is cancelled."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hypercorn.config import Config
from hypercorn.trio import serve

if TYPE_CHECKING:
    import trio
    from starlette.types import ASGIApp

_log = logging.getLogger("servicelab.listening")
_log.setLevel(logging.ERROR)


async def listen(app: ASGIApp, *, host: str, port: int, task_status: trio.TaskStatus[list[str]] | None = None) -> None:
    """Serve an application; it ends when it is cancelled.

    Args:
        app: an ASGI application.
        host: the address to listen on.
        port: the port to listen on.
        task_status: of `nursery.start`: told when it listens.

    Raises:
        OSError: if the port is taken.
    """
    config = Config()
    config.bind = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"]
    config.errorlog, config.loglevel = _log, "ERROR"
    config.graceful_timeout = 1.0
    if task_status is None:
        await serve(app, config)  # type: ignore[arg-type]  # its types are its own
    else:
        await serve(app, config, task_status=task_status)  # type: ignore[arg-type]
