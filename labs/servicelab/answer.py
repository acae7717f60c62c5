"""HTTP/1.1 on the wire, the other way: what the application sends becomes bytes. Nothing in here waits or does I/O.

`Response` decides how an answer is framed: by its declared length, by its only chunk, by `chunked`, or for HTTP/1.0 by
the end of the connection. It refuses what would desynchronise the client: a wrong length, a line break in a header.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from .wire import Request

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES = {status.value: b"HTTP/1.1 %d %b" % (status, status.phrase.encode()) for status in HTTPStatus}
KEPT, KEPT_BYTES = 256, 512  # the first so many sets of headers, if they are short: 256 KiB at most
_CR, _LF = b"\r\n"  # looked for as numbers: that costs a fifth
_OURS = frozenset([b"content-length", b"connection", b"transfer-encoding"])  # how an answer is framed


class Response:
    """One answer: ASGI messages in, bytes out.

    Attributes:
        started: whether the head has been encoded, so that nothing can be changed any more.
        ended: whether the last byte has been encoded.
        keep_alive: whether the connection can be used for another request.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self._status: int | None = None
        self._headers: Iterable[tuple[bytes, bytes]] = ()
        self._left: int | None = None  # of the declared length
        self._chunked = self.started = self.ended = False
        self._bodiless = request.method == "HEAD"
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
            self._left -= len(data)
            if self._left and (self._left < 0 or not more):
                self.keep_alive = False  # the client can only tell by the end of the connection
                raise RuntimeError(f"expected a body of the declared length, not one {abs(self._left)} bytes off")
        self.started, self.ended = True, not more
        return head + data

    def _head(self, only_length: int | None, *, close: bool) -> bytes:
        """Status line and headers; from `only_length` we know the length of a body that comes in one piece."""
        status: int = self._status  # type: ignore[assignment]  # `encode` has seen to that
        text, declared, closing = self._lines()
        lines = [_STATUS_LINES.get(status) or b"HTTP/1.1 %d " % status, date_line() + text]
        if status < 200 or status in (204, 304):
            self._bodiless = True
        elif declared is None:
            declared = only_length
        if close or closing or not self.request.complete:
            self.keep_alive = False  # reading the rest of a body nobody wants costs more than it saves
        if declared is not None:
            self._left = declared
            if status != 204:
                lines.append(b"content-length: %d" % declared)
        elif not self._bodiless and self.request.version == "1.1":
            self._chunked = True
            lines.append(b"transfer-encoding: chunked")
        elif not self._bodiless:
            self.keep_alive = False
        if not self.keep_alive:
            lines.append(b"connection: close")
        elif self.request.version == "1.0":
            lines.append(b"connection: keep-alive")
        lines.append(b"\r\n")
        return b"\r\n".join(lines)

    def _lines(self) -> tuple[bytes, int | None, bool]:
        headers = tuple(self._headers)
        try:
            return _known.get(headers) or _lines(headers)
        except (TypeError, ValueError):  # not to be looked up: lists, or something that changes
            headers = tuple((bytes(name), bytes(value)) for name, value in headers)
            return _known.get(headers) or _lines(headers)

    def _framed(self, data: bytes, more: bool) -> bytes:
        if self._bodiless:
            return b""
        if self._chunked:
            chunk = b"%x\r\n%b\r\n" % (len(data), data) if data else b""
            return chunk if more else chunk + b"0\r\n\r\n"
        return data


def plain_response(status: int, *, keep_alive: bool = False) -> bytes:
    """An answer of the server's own, without a body."""
    lines = [_STATUS_LINES[status], date_line(), b"content-length: 0"]
    if status == 503:
        lines.append(b"retry-after: 1")
    if not keep_alive:
        lines.append(b"connection: close")
    return b"\r\n".join([*lines, b"", b""])


# An application has few sets of headers. Those at hand save 0.8 us of the 2.2 that an answer costs; a new one adds 0.3.
_known: dict[tuple[tuple[bytes, bytes], ...], tuple[bytes, int | None, bool]] = {}


def _lines(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[bytes, int | None, bool]:
    """The headers that are not ours to decide, each a line; the length that they declare; whether they ask to close.

    Raises:
        RuntimeError: if one has a line break in it.
    """
    lines, declared, close = [b""], None, False
    for name, value in headers:
        lowered = name.lower()
        if lowered not in _OURS:
            lines.append(name + b": " + value)
        elif lowered == b"content-length":
            declared = int(value)
        elif lowered == b"connection":
            close |= b"close" in value.lower()
    text = b"".join(lines)
    if _CR in text or _LF in text or 0 in text:
        raise RuntimeError(f"expected headers of one line each, not {lines[1:]!r}")
    made = b"\r\n".join(lines), declared, close
    if len(text) <= KEPT_BYTES and len(_known) < KEPT:
        _known[headers] = made
    return made


_date, _date_from, _date_until = b"", 0, 0


def date_line() -> bytes:
    """The Date header, made once a second."""
    global _date, _date_from, _date_until
    if not _date_from <= (now := time.time()) < _date_until:
        _date = b"date: " + formatdate(now, usegmt=True).encode("ascii")
        _date_from, _date_until = int(now), int(now) + 1
    return _date
