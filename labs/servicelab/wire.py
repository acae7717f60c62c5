"""HTTP/1.1 on the wire: bytes become requests. Nothing in here waits, and nothing does I/O; answers are in `answer`.

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
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import httptools

if TYPE_CHECKING:
    from .limits import Limits

Headers = list[tuple[bytes, bytes]]
Address = tuple[str, int]
_SLASH, _PERCENT = b"/%"  # looked for as numbers: `b"%" in path` costs 0.2 us, `37 in path` 0.03
_DECISIVE = frozenset([b"host", b"transfer-encoding", b"expect", b"content-length"])  # of requests: how they are read


class Request:
    """A request as it arrives: the head is whole, the body may still grow."""

    def __init__(
        self, method: str, target: bytes, version: str, headers: Headers, keep_alive: bool, expects_continue: bool
    ) -> None:
        self.method, self.target, self.version, self.headers = method, target, version, headers
        self.keep_alive, self.expects_continue = keep_alive, expects_continue
        self.chunks: list[bytes] = []
        self.buffered = self.size = 0
        self.complete = False

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
        path = unquote_to_bytes(raw_path) if _PERCENT in raw_path else raw_path
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
        parser, target, headers, limits = self._parser, self._target, self._headers, self._limits
        if self._fed + self._piece > limits.header_bytes or len(headers) > limits.header_count:
            self._measure_head()
        self.in_head, self._fed = False, 0
        version, method = parser.get_http_version(), parser.get_method().decode("ascii")
        expects = self._check_head(version, method)
        if target[0] != _SLASH:
            target = _origin_form(target)
        self.newest = request = Request(method, target, version, headers, parser.should_keep_alive(), expects)
        self.requests.append(request)

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
        newest = self.newest
        assert newest is not None
        self._fed = 0
        newest.complete = True
        if not newest.keep_alive:
            self.closing = True


def _origin_form(target: bytes) -> bytes:
    """Path and query, also where a client sends a whole URL as it would to a proxy."""
    if target == b"*":
        return target
    url = httptools.parse_url(target)
    return (url.path or b"/") + (b"?" + url.query if url.query else b"")
