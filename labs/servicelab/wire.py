"""HTTP/1.1 on the wire: bytes become requests, answers become bytes. Nothing in here waits, and nothing does I/O.

Theory of operation
===================
1. `Parser.feed` takes whatever the network brings, in pieces of any size, and appends to `requests`. The newest of them
   may still be growing: its `chunks` and `complete` change with each `feed`. `httptools` (Node's llhttp) does the
   tokenising, in its strict mode.
2. Two readers of one stream that disagree about where a request ends can be made to see different requests
   ("smuggling"). So whatever is ambiguous is refused, never guessed: both Content-Length and Transfer-Encoding, two
   lengths, a coding other than `chunked`, a missing or second Host. After a refusal the parser reads nothing more.
3. Memory is bounded: names, values and target of one head together, the body, the number of headers, and what may come
   in many pieces before the next of these is whole (`_fed`: an endless header, chunk size or trailer). `_fed` counts
   whole pieces, so a head that can have begun within a large one is measured once it is whole.
4. `Response` decides how an answer is framed: by its declared length, by its only chunk, by `chunked`, or for
   HTTP/1.0 by the end of the connection. It refuses what would desynchronise the client: a wrong length, a line break
   in a header.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import httptools

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from .limits import Limits

Headers = list[tuple[bytes, bytes]]
Address = tuple[str, int]
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES = {status.value: b"HTTP/1.1 %d %b" % (status, status.phrase.encode()) for status in HTTPStatus}
_DECISIVE = frozenset([b"host", b"transfer-encoding", b"expect", b"content-length"])  # of requests: how they are read
_OURS = frozenset([b"content-length", b"connection", b"transfer-encoding"])  # of answers: how they are framed


@dataclass(eq=False, slots=True)
class Request:
    """A request as it arrives: the head is whole, the body may still grow."""

    method: str
    target: bytes
    version: str
    headers: Headers
    keep_alive: bool
    expects_continue: bool
    chunks: list[bytes] = field(default_factory=list)
    buffered: int = 0
    size: int = 0
    complete: bool = False

    def take(self) -> bytes:
        """Hand out what has arrived of the body since the last call."""
        data = self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)
        self.chunks.clear()
        self.buffered = 0
        return data

    def scope(self, client: Address | None, server: Address | None, state: dict[str, Any]) -> dict[str, Any]:
        """The request as ASGI wants it.

        Args:
            client: host and port of the client.
            server: host and port of ours.
            state: what the application's lifespan has left for its requests.
        """
        raw_path, _, query = self.target.partition(b"?")
        path = unquote_to_bytes(raw_path) if b"%" in raw_path else raw_path
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": self.version,
            "method": self.method,
            "scheme": "http",
            "path": path.decode("utf-8", "replace"),
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "headers": self.headers,
            "client": client,
            "server": server,
            "state": state,
        }


class Parser:
    """The bytes of one connection, cut into requests.

    Attributes:
        requests: what has arrived; whoever answers a request takes it out.
        newest: the request that arrives or arrived last.
        in_head: whether a head has begun that is not yet whole.
        refusal: the status that answers what could not be accepted; nothing is read after it.
        closing: whether the client or the protocol has ended the series; nothing is read after that either.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parser = httptools.HttpRequestParser(self)
        self.requests: deque[Request] = deque()
        self.newest: Request | None = None
        self.in_head = False
        self.refusal: int | None = None
        self.closing = False
        self._target = b""
        self._headers: Headers = []
        self._fed = self._piece = 0

    def feed(self, data: bytes | memoryview) -> None:
        """Take some bytes; whatever they are, the outcome is in the attributes, never an exception."""
        if self.closing or self.refusal is not None:
            return
        self._piece = len(data)
        self._fed += self._piece
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # not spoken here: answered as if it had not been asked for
            self.closing = True
        except httptools.HttpParserError:
            if not self.closing:  # else it is about bytes after a request that was to be the last
                self._refuse_first(400)
        if self._fed > self._limits.header_bytes:
            self._refuse_first(431)

    def _refuse_first(self, status: int) -> None:
        if self.refusal is None:
            self.refusal = status

    def _refuse(self, status: int) -> None:
        self.refusal = status
        raise ValueError(status)  # stops the tokeniser; `feed` sees it wrapped

    # --- called by httptools ---
    def on_message_begin(self) -> None:
        """A first byte of the next request has come."""
        self._target, self._headers = b"", []
        self._fed = 0
        self.in_head = True

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header, or a trailer."""
        if self.in_head:  # else it is a trailer, and not kept
            self._headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        parser, target = self._parser, self._target
        if self._fed + self._piece > self._limits.header_bytes or len(self._headers) > self._limits.header_count:
            self._measure_head()
        self.in_head, self._fed = False, 0
        version, method = parser.get_http_version(), parser.get_method().decode("ascii")
        expects = self._check_head(version, method)
        if not target.startswith(b"/"):
            target = _origin_form(target)
        self.newest = Request(method, target, version, self._headers, parser.should_keep_alive(), expects)
        self.requests.append(self.newest)

    def _measure_head(self) -> None:
        size = len(self._target) + sum(len(name) + len(value) + 4 for name, value in self._headers)
        if size > self._limits.header_bytes or len(self._headers) > self._limits.header_count:
            self._refuse(431)

    def _check_head(self, version: str, method: str) -> bool:
        """Refuse what is ambiguous or more than we take; return whether the client waits for `100 Continue`."""
        hosts, codings, expectations = 0, [], []
        for name, value in self._headers:
            if name not in _DECISIVE:
                continue
            if name == b"host":
                hosts += 1
            elif name == b"transfer-encoding":
                codings.append(value.lower())
            elif name == b"expect":
                expectations.append(value.lower())
            elif int(value) > self._limits.body_bytes:
                self._refuse(413)
        if version != "1.1" and version != "1.0":
            self._refuse(505)
        if hosts != 1 and (hosts or version == "1.1"):
            self._refuse(400)
        if codings and (version == "1.0" or len(codings) > 1):
            self._refuse(400)
        if method == "CONNECT" or (codings and codings[0] != b"chunked"):
            self._refuse(501)
        if expectations and expectations != [b"100-continue"]:
            self._refuse(417)
        return bool(expectations) and version == "1.1"

    def on_body(self, data: bytes) -> None:
        """A part of the body, without its framing."""
        assert self.newest is not None
        self._fed = 0
        self.newest.size += len(data)
        if self.newest.size > self._limits.body_bytes:
            self._refuse(413)
        self.newest.buffered += len(data)
        self.newest.chunks.append(data)

    def on_message_complete(self) -> None:
        """The request is whole."""
        assert self.newest is not None
        self._fed = 0
        self.newest.complete = True
        if not self.newest.keep_alive:
            self.closing = True


def _origin_form(target: bytes) -> bytes:
    """Path and query, also where a client sends a whole URL as it would to a proxy."""
    if target == b"*":
        return target
    url = httptools.parse_url(target)
    return (url.path or b"/") + (b"?" + url.query if url.query else b"")


class Response:
    """One answer: ASGI messages in, bytes out.

    Attributes:
        started: whether the head has been encoded, so that nothing can be changed any more.
        ended: whether the last byte has been encoded.
        keep_alive: whether the connection can be used for another request.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._status: int | None = None
        self._headers: Iterable[tuple[bytes, bytes]] = ()
        self._left: int | None = None  # of the declared length
        self._bodiless = request.method == "HEAD"
        self._chunked = self.started = self.ended = False
        self.keep_alive = request.keep_alive

    def start(self, message: MutableMapping[str, Any]) -> None:
        """Take `http.response.start`; the head waits for the first piece of the body.

        Raises:
            RuntimeError: if the answer has begun already.
        """
        if self._status is not None:
            raise RuntimeError(f"expected the next part of an answer, not {message['type']!r}")
        self._status, self._headers = message["status"], message.get("headers", ())

    def encode(self, message: MutableMapping[str, Any], *, close: bool = False) -> bytes:
        """Turn `http.response.body` into bytes, those of the head before the first.

        Args:
            message: of the application.
            close: the connection is to end with this answer; heeded while the head has not gone out.

        Raises:
            RuntimeError: if the message is out of order or contradicts the head.
        """
        if message["type"] != "http.response.body" or self._status is None or self.ended:
            raise RuntimeError(f"expected the next part of an answer, not {message['type']!r}")
        data: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        head = b"" if self.started else self._head(None if more else len(data), close=close)
        if self._left is None or self._bodiless:
            data = self._framed(data, more)
        else:
            self._count(len(data), more)
        self.started, self.ended = True, not more
        return head + data

    def _head(self, only_length: int | None, *, close: bool) -> bytes:
        """Status line and headers; from `only_length` we know the length of a body that comes in one piece."""
        status: int = self._status  # type: ignore[assignment]  # `encode` has seen to that
        lines, declared = self._lines(status)
        if status < 200 or status in (204, 304):
            self._bodiless = True
        elif declared is None:
            declared = only_length
        if close or not self._request.complete:  # reading the rest of a body nobody wants costs more than it saves
            self.keep_alive = False
        if declared is not None:
            self._left = declared
            if status != 204:
                lines.append(b"content-length: %d" % declared)
        elif not self._bodiless and self._request.version == "1.1":
            self._chunked = True
            lines.append(b"transfer-encoding: chunked")
        elif not self._bodiless:
            self.keep_alive = False
        if not self.keep_alive:
            lines.append(b"connection: close")
        elif self._request.version == "1.0":
            lines.append(b"connection: keep-alive")
        lines.append(b"\r\n")
        head, breaks = b"\r\n".join(lines), len(lines)
        if head.count(b"\n") != breaks or head.count(b"\r") != breaks or b"\0" in head:
            raise RuntimeError(f"expected headers of one line each, not {head!r}")
        return head

    def _lines(self, status: int) -> tuple[list[bytes], int | None]:
        """Status, date, and the headers that are not ours to decide; and the length that the application declares."""
        lines, declared = [_STATUS_LINES.get(status) or b"HTTP/1.1 %d " % status, date_line()], None
        for name, value in self._headers:
            lowered = name.lower()
            if lowered not in _OURS:
                lines.append(name + b": " + value)
            elif lowered == b"content-length":
                declared = int(value)
            elif lowered == b"connection":
                self.keep_alive &= b"close" not in value.lower()
        return lines, declared

    def _framed(self, data: bytes, more: bool) -> bytes:
        if self._bodiless:
            return b""
        if self._chunked:
            chunk = b"%x\r\n%b\r\n" % (len(data), data) if data else b""
            return chunk if more else chunk + b"0\r\n\r\n"
        return data

    def _count(self, size: int, more: bool) -> None:
        assert self._left is not None
        self._left -= size
        if self._left < 0 or (self._left and not more):
            self.keep_alive = False  # the client can only tell by the end of the connection
            raise RuntimeError(f"expected a body of the declared length, not one {abs(self._left)} bytes off")


def plain_response(status: int, *, keep_alive: bool = False) -> bytes:
    """An answer of the server's own, without a body."""
    lines = [_STATUS_LINES[status], date_line(), b"content-length: 0"]
    if status == 503:
        lines.append(b"retry-after: 1")
    if not keep_alive:
        lines.append(b"connection: close")
    return b"\r\n".join([*lines, b"", b""])


_date: tuple[int, bytes] = (0, b"")


def date_line() -> bytes:
    """The Date header, made once a second."""
    global _date
    now = int(time.time())
    if _date[0] != now:
        _date = (now, b"date: " + formatdate(now, usegmt=True).encode("ascii"))
    return _date[1]
