"""A client that sends the bytes it is told to, on any stream, and reads what comes back literally."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True)
class Reply:
    """One answer; `headers` holds the last of those with the same name, in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        return self.headers.get("connection") == "close"


class Client:
    """Sends bytes and cuts what arrives into answers."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._buffer = b""
        self._ended = False

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            await self.stream.send_all(piece)

    async def ask(self, *pieces: bytes, head: bool = False) -> Reply:
        await self.send(*pieces)
        return await self.reply(head=head)

    async def reply(self, *, head: bool = False) -> Reply:
        """The next answer; `head`: it is one to HEAD, without a body."""
        while b"\r\n\r\n" not in self._buffer:
            await self._more()
        top, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        lines = top.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) [^\r\n]*", lines[0])
        assert match, lines[0]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        status = int(match[1])
        return Reply(
            status, headers, b"" if head or status < 200 or status in (204, 304) else await self._body(headers)
        )

    async def rest(self) -> bytes:
        """Everything until the server closes the connection."""
        while not self._ended:
            with contextlib.suppress(EOFError):
                await self._more()
        rest, self._buffer = self._buffer, b""
        return rest

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            return await self._chunked()
        if "content-length" not in headers:
            return await self.rest()
        return await self._exactly(int(headers["content-length"]))

    async def _chunked(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self._buffer:
                await self._more()
            size, _, self._buffer = self._buffer.partition(b"\r\n")
            chunk = await self._exactly(int(size, 16) + 2)
            assert chunk[-2:] == b"\r\n", chunk
            if len(chunk) == 2:
                return body
            body += chunk[:-2]

    async def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            await self._more()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    async def _more(self) -> None:
        data = await self.stream.receive_some()
        if not data:
            self._ended = True
            raise EOFError(f"the server closed the connection after {self._buffer!r}")
        self._buffer += data


def get(path: str, *headers: str, version: str = "1.1", method: str = "GET") -> bytes:
    """A request without a body."""
    lines = [f"{method} {path} HTTP/{version}", "Host: test", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def post(path: str, body: bytes, *headers: str) -> bytes:
    """A request with a body of a declared length."""
    return get(path, f"Content-Length: {len(body)}", *headers, method="POST") + body


def chunked(path: str, *chunks: bytes) -> bytes:
    """A request with a body in chunks."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])
    return get(path, "Transfer-Encoding: chunked", method="POST") + body


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request; ConnectionError if the client goes away before its end."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("disconnected within the body")
        body, more = body + message["body"], message["more_body"]
    return body


async def answer(send: Send, body: bytes = b"", status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    """A whole answer in two messages."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """An application: method, path, query and body come back."""
    assert scope["type"] == "http"
    body = await read_body(receive)
    text = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} "
    await answer(send, text.encode() + body)


def application(handler: object) -> ASGIApp:
    """An application without lifespan from an async function of (scope, receive, send)."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await handler(scope, receive, send)  # type: ignore[operator]

    return app
