"""The same Starlette application under one of several servers: `python -m tests.benchmarks.peers SERVER PORT ...`."""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.requests import Request

CAPACITY = 100_000
MAX_BATCH = 2000
Row = tuple[str, str, float, str]


class Sink:
    """Takes rows at once and writes them in batches, in a thread: it works beside any event loop.

    Args:
        database: an SQLite file; empty for nowhere.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._rows: list[Row] = []
        self._news = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._write_all)

    def open(self) -> None:
        if self._database:
            self._thread.start()

    def close(self) -> None:
        """Return when everything has been written."""
        with self._news:
            self._closed = True
            self._news.notify()
        if self._database:
            self._thread.join()

    def put(self, rows: Sequence[Row]) -> bool:
        """Take them, or refuse them all."""
        if not self._database:
            return True
        if len(self._rows) + len(rows) > CAPACITY:
            return False
        with self._news:
            if not self._rows:
                self._news.notify()
            self._rows += rows
        return True

    def _write_all(self) -> None:
        connection = sqlite3.connect(self._database, isolation_level=None, timeout=30)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.execute("create table if not exists events (id text, type text, timestamp real, params text)")
        while batch := self._next():
            connection.execute("begin immediate")
            connection.executemany("insert into events values (?, ?, ?, ?)", batch)
            connection.execute("commit")
        connection.close()

    def _next(self) -> list[Row]:
        """Wait for rows; none when there will be no more."""
        with self._news:
            while not self._rows and not self._closed:
                self._news.wait()
            if len(self._rows) < MAX_BATCH and not self._closed:
                self._news.wait(0.02)  # let a batch gather
            batch, self._rows = self._rows[:MAX_BATCH], self._rows[MAX_BATCH:]
        return batch


def decode(body: bytes) -> list[Row]:
    """The rows of `{"header": {...}, "events": [{"id", "type", "timestamp", "params"}, ...]}`.

    Raises:
        ValueError: if it is not that.
    """
    envelope = json.loads(body)
    try:
        if not isinstance(envelope["header"]["session_id"], str):
            raise ValueError("expected a session_id")
        return [_row(event) for event in envelope["events"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"expected an envelope: {error!r}") from None


def _row(event: dict[str, Any]) -> Row:
    name, kind, timestamp, params = event["id"], event["type"], event["timestamp"], event["params"]
    if type(name) is not str or type(kind) is not str or type(timestamp) is not float or type(params) is not dict:
        raise ValueError(f"expected an event, not {event!r}")
    return name, kind, timestamp, json.dumps(params) if params else "{}"


def make_app(database: str) -> Starlette:
    sink = Sink(database)

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def events(request: Request) -> Response:
        try:
            rows = decode(await request.body())
        except ValueError as error:
            return PlainTextResponse(str(error), 400)
        return Response(status_code=202 if sink.put(rows) else 503)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        sink.open()
        yield
        sink.close()

    routes = [Route("/healthz", healthz), Route("/events", events, methods=["POST"])]
    return Starlette(routes=routes, lifespan=lifespan)


def _servicelab(port: int, database: str, workers: int) -> int:
    import trio

    from servicelab.server import Limits, listening
    from servicelab.workers import serve_in_workers, serve_until_signal, shared

    if workers > 1:
        sock = shared("127.0.0.1", port)
        return serve_in_workers(partial(make_app, database), sock, count=workers, limits=Limits())
    listener = listening("127.0.0.1", port)
    trio.run(lambda: serve_until_signal(make_app(database), listener, limits=Limits(), grace=5.0))
    return 0


def _uvicorn(port: int, database: str, workers: int) -> int:
    import uvicorn

    uvicorn.run(
        make_app(database),
        host="127.0.0.1", port=port, loop="uvloop", http="httptools", access_log=False, log_level="warning",
    )  # fmt: skip
    return 0


def _hypercorn(port: int, database: str, workers: int) -> int:
    import signal

    import hypercorn.config
    import hypercorn.trio
    import trio

    config = hypercorn.config.Config()
    config.bind, config.loglevel = [f"127.0.0.1:{port}"], "CRITICAL"

    async def until_signal() -> None:
        with trio.open_signal_receiver(signal.SIGTERM) as signals:
            await anext(signals)

    trio.run(lambda: hypercorn.trio.serve(make_app(database), config, shutdown_trigger=until_signal))  # type: ignore[arg-type]
    return 0


SERVERS = {"servicelab": _servicelab, "uvicorn": _uvicorn, "hypercorn": _hypercorn}

if __name__ == "__main__":
    name, port, database, workers = [*sys.argv[1:], *["", "1"][len(sys.argv) - 3 :]]
    raise SystemExit(SERVERS[name](int(port), database, int(workers)))
