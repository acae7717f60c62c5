"""Logs as JSON, a line each on stderr, with the trace id of the request that they belong to."""

from __future__ import annotations

import json
import logging
import random
import re
import sys
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

trace_id: ContextVar[str] = ContextVar("trace_id", default="")
_FINE = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonFormatter(logging.Formatter):
    """One JSON object for each record; what was given as `extra` is in it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if trace_id.get():
            line["trace_id"] = trace_id.get()
        line |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            line["stack"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(stream: TextIO | None = None) -> None:
    """Send all logs to one stream, stderr by default, in place of wherever they went."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


class Tracing:
    """ASGI middleware: a request has a trace id, the client's own or a new one, in context, logs and answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = scope["headers"]
        given = [value for name, value in headers if name == b"x-request-id"]
        if given:
            headers = [header for header in headers if header[0] != b"x-request-id"]
        fine = given and _FINE.fullmatch(given[0])
        own = given[0] if fine else b"%032x" % random.getrandbits(128)  # has to be unique, not secret
        trace_id.set(own.decode())
        mark = (b"x-request-id", own)

        def traced(message: Message) -> Awaitable[None]:  # no coroutine of its own: there are two messages a request
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), mark]}
            return send(message)

        await self._app({**scope, "headers": [*headers, mark]}, receive, traced)
