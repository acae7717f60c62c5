"""Ask an application for an answer in memory: no port, no server, and virtual time where the caller has it.

`get` and `post` want a whole answer. A `Caller` speaks ASGI itself: it notes each message of the application with the
time at which it came, it may hang up in the middle, and it may stop reading. (httpx's in-memory transport can do none
of these: it ignores time-outs, collects streams, and never delivers a disconnect.)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import trio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True)
class Answer:
    """What a client sees of a response.

    Attributes:
        status: the HTTP status code.
        content_type: the media type, without parameters such as the character set.
        body: the body as text.
        headers: the headers, names in lower case.
    """

    status: int
    content_type: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def json(self) -> Any:
        """The body read as JSON.

        Raises:
            ValueError: if the body is not JSON.
        """
        return json.loads(self.body)


def answer_of(response: httpx.Response) -> Answer:
    """Reduce a response of httpx to plain data."""
    return _answer(response.status_code, dict(response.headers), response.text)


def _answer(status: int, headers: Mapping[str, str], body: str) -> Answer:
    media_type = headers.get("content-type", "").partition(";")[0].strip()
    return Answer(status, media_type, body, headers)


async def get(app: ASGIApp, path: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    """Send `GET path` to an application in memory.

    Args:
        app: an ASGI application, Starlette's for instance.
        path: for instance "/healthz".
        headers: for instance `{"authorization": "Bearer test"}`.

    Returns:
        The answer, when it is complete. There is no time-out: put `trio.move_on_after` around it.

    Raises:
        Exception: what leaves the application, as itself. A server would answer 500 for it.
    """
    return await _ask(app, httpx.Request("GET", f"http://service{path}", headers=headers))


async def post(app: ASGIApp, path: str, content: object, *, headers: Mapping[str, str] | None = None) -> Answer:
    """Send `POST path` to an application in memory.

    Args:
        app: an ASGI application, Starlette's for instance.
        path: for instance "/process".
        content: the body: bytes as they are, anything else as JSON.
        headers: as for `get`.

    Returns:
        The answer, as for `get`.

    Raises:
        Exception: as for `get`.
    """
    body = {"content": content} if isinstance(content, bytes) else {"json": content}
    return await _ask(app, httpx.Request("POST", f"http://service{path}", headers=headers, **body))


async def _ask(app: ASGIApp, request: httpx.Request) -> Answer:
    response = await httpx.ASGITransport(app=app).handle_async_request(request)
    await response.aread()
    return answer_of(response)


class Caller:
    """One request, made message by message, from a client that notes what it is sent and when.

    `await caller.ask(app)` returns when the application does; `hang_up` and `stop_reading` are for other tasks
    meanwhile.

    Args:
        method: for instance "GET".
        path: for instance "/process".
        content: the body: bytes as they are, None for none, anything else as JSON.
        headers: name -> value.

    Attributes:
        scope: the request as the application gets it.
        received: a pair (seconds of trio's clock, message) for each message that the client has got, in their order.
    """

    def __init__(
        self, method: str, path: str, content: object = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        self.received: list[tuple[float, Message]] = []
        self._requests = [{"type": "http.request", "body": _body(content), "more_body": False}]
        self._over = trio.Event()
        self._gone = False
        self._reading = True
        path, _, query = path.partition("?")
        self.scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 80),
        }

    async def ask(self, app: ASGIApp) -> None:
        """Run the application for this request until it returns.

        Raises:
            Exception: what leaves the application, as itself.
        """
        await app(self.scope, self.receive, self.send)

    async def receive(self) -> Message:
        """Give the application the body, then, once the client has gone or been answered, `http.disconnect`."""
        await trio.lowlevel.checkpoint()
        if self._requests and not self._gone:
            return self._requests.pop(0)
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a message; wait for ever if the client has stopped reading, drop it if the client has gone."""
        await trio.lowlevel.checkpoint()
        if not self._reading:
            await trio.sleep_forever()
        if self._gone:
            return
        self.received.append((trio.current_time(), message))
        if self.complete:
            self._over.set()

    def hang_up(self) -> None:
        """Go away: the application can read `http.disconnect` from now on, and what it sends is lost."""
        self._gone = True
        self._over.set()

    def stop_reading(self) -> None:
        """Take no further message: the application's next `send` waits for ever."""
        self._reading = False

    @property
    def status(self) -> int | None:
        """The status, once it has come."""
        return next((m["status"] for _, m in self.received if m["type"] == "http.response.start"), None)

    @property
    def chunks(self) -> list[tuple[float, bytes]]:
        """The pieces of the body that are not empty, each with the time at which it came."""
        return [(at_s, m["body"]) for at_s, m in self.received if m.get("body")]

    @property
    def complete(self) -> bool:
        """Whether the whole answer has come."""
        last = self.received[-1][1] if self.received else {"type": ""}
        return bool(last["type"] == "http.response.body" and not last.get("more_body"))

    def answer(self) -> Answer:
        """The answer as far as it has come.

        Raises:
            ValueError: if not even a status has come.
        """
        if self.status is None:
            raise ValueError("expected an answer, but the application has sent no status")
        start = next(m for _, m in self.received if m["type"] == "http.response.start")
        headers = {bytes(name).decode().lower(): bytes(value).decode() for name, value in start.get("headers", ())}
        return _answer(self.status, headers, b"".join(body for _, body in self.chunks).decode())


def _body(content: object) -> bytes:
    if content is None or isinstance(content, bytes):
        return content or b""
    return json.dumps(content).encode()
