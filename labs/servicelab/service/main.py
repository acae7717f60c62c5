"""The process: put the service together, serve it, stop it, and say so with the exit code."""

from __future__ import annotations

import errno
import gc
import logging
import os
import sys
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from servicelab.assemble import assemble
from servicelab.cell_import import load
from servicelab.debug_page import with_page
from servicelab.server import Limits, Server
from servicelab.workers import serve_in_workers, shared

from .app import Service
from .config import Config, ConfigError
from .descriptors import raise_limit
from .ingest import Ingest
from .links import connect, open_database
from .logs import configure
from .parts import Parts, told
from .pipeline import Pipeline
from .store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

    from .store import Store

NEW_OBJECTS = 10_000  # the collector looks at them when there are so many; Python's 700 are three bodies of 100 events

_log = logging.getLogger("service")


class _Anyway:
    """Stands in for what a readiness that knows less would do."""

    def mark_started(self) -> None: ...

    def start_draining(self) -> None: ...


def run(labs: Path, *, without: frozenset[str] = frozenset()) -> int:
    """Run the service that the labs in a folder add up to, until a signal stops it.

    Args:
        labs: a folder with the labs' notebooks.
        without: modules to leave out, as if nothing of them were solved.

    Returns:
        The process's exit code: that of lab 03's `serve`; 2 for a configuration or a folder that cannot be used.
    """
    try:
        config = Config.from_environ(os.environ)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        assembly = assemble(labs)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    configure()
    modules = load(assembly)
    _log.info("assembled", extra={"from": str(labs), "to": str(assembly.folder)})
    for line in told(assembly.missing):
        _log.warning(line)
    for name in without & modules.keys():
        _log.warning("module %s is left out", name)
    parts = Parts({name: module for name, module in modules.items() if name not in without})
    raise_limit()
    _calm_collector()
    try:
        return trio.run(_serve, parts, config) if config.processes == 1 else _serve_in_processes(parts, config)
    except (OSError, ExceptionGroup) as error:
        if (reason := _cannot_listen(error)) is None:
            raise
        print(f"cannot listen on {config.bind}, port {config.port}: {reason}", file=sys.stderr)
        return 1


def _calm_collector() -> None:
    """Let the garbage collector pass over what the start-up has made, and come less often: events make no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def _cannot_listen(error: BaseException) -> str | None:
    """Why nobody can listen there, if that is what an error is about."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
        return os.strerror(error.errno)
    return None


def pipeline_of(parts: Parts, config: Config, store: Store) -> Pipeline | Ingest:
    """The way from an accepted event to the store: that of lab 10 where it is solved, else that of labs 03 and 04."""
    if Ingest.solved(parts):
        return Ingest(parts, config, partial(connect, config))
    return Pipeline(parts, config, store)


async def _serve(parts: Parts, config: Config) -> int:
    store = open_store(config, parts.get("deadlines", "in_thread"))
    pipeline = pipeline_of(parts, config, store)
    _watch_for_stalls(parts, config)
    async with pipeline.running(), trio.open_nursery() as background:
        service = Service(parts, config, store, pipeline, background)
        await _open_debug_port(parts, config, background)
        code = await _serve_until_signal(parts, config, service, pipeline)
        background.cancel_scope.cancel()
    _log.info("stopped", extra={"exit_code": code})
    return code


def _serve_in_processes(parts: Parts, config: Config) -> int:
    """Several processes, supervised, on one port; what is refused, limited and queued is so in each by itself."""
    if config.database:
        open_database(config.database).close()  # two that make a new file ready at once lock each other out
    sock = shared(config.bind, config.port)
    make_app = partial(application, parts, config)
    return serve_in_workers(make_app, sock, count=config.processes, limits=Limits(), grace=config.grace)


def application(parts: Parts, config: Config) -> ASGIApp:
    """The whole service as one ASGI application, for any server: what it stands on lives in its lifespan."""
    store = open_store(config, parts.get("deadlines", "in_thread"))
    pipeline = pipeline_of(parts, config, store)
    _watch_for_stalls(parts, config)
    app: ASGIApp

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal app
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        async with pipeline.running(), trio.open_nursery() as background:
            service = Service(parts, config, store, pipeline, background)
            app = _asgi(service, config)
            await app(scope, receive, send)
            background.cancel_scope.cancel()

    return whole


def _asgi(service: Service, config: Config) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        if hasattr(service.readiness, "mark_started"):
            service.readiness.mark_started()
        _log.info("ready", extra={"host": config.bind, "port": config.port})
        yield

    return service.asgi(lifespan)


async def _serve_until_signal(parts: Parts, config: Config, service: Service, pipeline: Pipeline | Ingest) -> int:
    app, serve = _asgi(service, config), parts.get("pool", "serve")
    if serve is None:
        async with trio.open_nursery() as nursery:
            await nursery.start(Server(app).serve, config.bind, config.port)
        return 0
    readiness = service.readiness if hasattr(service.readiness, "start_draining") else _Anyway()
    code: int = await serve(
        app,
        pipeline,
        readiness=readiness,
        host=config.bind,
        port=config.port,
        grace=config.grace,
        drain_delay=config.drain_delay,
    )
    return code


def _watch_for_stalls(parts: Parts, config: Config) -> None:
    detector = parts.get("profiling", "StallDetector")
    if detector is not None:
        trio.lowlevel.add_instrument(detector(config.stall, report=_log_stall))


def _log_stall(task: str, seconds: float, stack: str) -> None:
    _log.warning("a step held the loop", extra={"task": task, "seconds": round(seconds, 3), "where": stack})


async def _open_debug_port(parts: Parts, config: Config, background: trio.Nursery) -> None:
    debug_app, serve_debug = parts.get("profiling", "debug_app"), parts.get("profiling", "serve_debug")
    if debug_app is None or serve_debug is None or config.debug_port is None:
        return

    async def debug_port() -> None:
        try:
            await serve_debug(with_page(debug_app()), host=config.debug_host, port=config.debug_port)
        except* OSError as group:  # the service is worth more than its profiles
            _log.error("no debug port: %s", group.exceptions[0])

    background.start_soon(debug_port)
    await trio.lowlevel.checkpoint()
