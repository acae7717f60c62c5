"""Talking with one worker: a request, a reply, in turn, with everything bounded.

Reading stops at the worker's end or at a deadline, never at the end of the file: a process left behind may hold the
pipe open. Bytes are counted before lines are cut, lines are cut before they are decoded.
"""

from __future__ import annotations

import base64
import json
import marshal
import os
import selectors
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from .stopwatch import PATIENCE
from .strict import Malformed, loads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .jail import Jail
    from .keeper import Zygote

DEFAULT_LIMIT_S = 60.0
GRACE_S = 3.0
END_LIMIT_S = 5.0
FILES_INDEX = -1
_CHUNK = 1 << 16


class Ended(Exception):  # noqa: N818
    """Raised when a conversation is over before its last reply."""

    def __init__(self, verdict: str, detail: str = "") -> None:
        super().__init__(verdict)
        self.verdict, self.detail = verdict, detail


class Worker:
    """One worker and the pipes to it, as a context manager; leaving it kills the worker.

    Args:
        zygote: which forks it.
        order: what the zygote must know.
        jail: where it lives, if there is one.
    """

    def __init__(self, zygote: Zygote, order: Mapping[str, Any], jail: Jail | None) -> None:
        theirs_requests, self._requests = os.pipe()
        self._replies, theirs_replies = os.pipe()
        self._status, theirs_status = os.pipe()
        theirs_life, self._life = os.pipe()
        theirs = [theirs_requests, theirs_replies, theirs_status, theirs_life]
        try:
            zygote.fork(order, [*theirs, *([jail.pidfd] if jail else [])])
        except BaseException:
            self.__exit__()
            raise
        finally:
            for fd in theirs:
                os.close(fd)
        os.set_blocking(self._requests, False)
        os.set_blocking(self._replies, False)
        self._ready = {event: selectors.PollSelector() for event in (selectors.EVENT_READ, selectors.EVENT_WRITE)}
        for event, selector in self._ready.items():
            selector.register(self._replies if event == selectors.EVENT_READ else self._requests, event)
            selector.register(self._status, selectors.EVENT_READ)
        self._buffer = bytearray()
        self._received = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        for name in ("_life", "_requests", "_replies", "_status"):
            self._close(name)

    def _close(self, name: str) -> None:
        fd = getattr(self, name)
        if fd >= 0:
            setattr(self, name, -1)
            os.close(fd)

    def talk(
        self,
        requests: Iterator[Mapping[str, Any]],
        replies: list[dict[str, Any]],
        deadline: float,
        max_bytes: int,
    ) -> None:
        """Send every request and append its reply.

        Raises:
            Ended: if it ends before the last reply.
        """
        for request in requests:
            # the worker keeps the limit; this is for one that cannot
            patience_s = float(request.get("limit_s", DEFAULT_LIMIT_S)) * PATIENCE + GRACE_S
            limit = min(deadline, time.monotonic() + patience_s)
            if self._buffer:
                raise Ended("protocol", "an answer that nobody asked for")
            self._send(_encoded(request), limit)
            reply = _checked(self._receive(limit, max_bytes), request)
            if request["index"] != FILES_INDEX:
                replies.append(reply)
        if self._buffer:
            raise Ended("protocol", "an answer that nobody asked for")

    def _send(self, data: bytes, deadline: float) -> None:
        view_ = memoryview(data)
        while view_:
            self._wait(selectors.EVENT_WRITE, deadline)
            try:
                view_ = view_[os.write(self._requests, view_[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise Ended("died", "it ended before its next cell") from None

    def _receive(self, deadline: float, max_bytes: int) -> bytes:
        """One line, without its end."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            ended = self._wait(selectors.EVENT_READ, deadline)
            part = self._read()
            if not part and ended:
                raise Ended("died")
            self._buffer += part
            self._received += len(part)
            if self._received > max_bytes:
                raise Ended("output flood", f"more than {max_bytes:,} bytes")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _read(self) -> bytes:
        try:
            return os.read(self._replies, _CHUNK)
        except BlockingIOError:
            return b""

    def _wait(self, event: int, deadline: float) -> bool:
        """Wait until the pipe is ready or the worker has ended; tell whether it has."""
        ready = {key.fd for key, _ in self._ready[event].select(max(0.0, deadline - time.monotonic()))}
        if not ready:
            raise Ended("timeout")
        return self._status in ready

    def end(self, *, patient: bool) -> dict[str, Any]:
        """Close the conversation, end the worker, and tell how it ended.

        Args:
            patient: whether it may end by itself first.
        """
        self._close("_requests")
        status = self._read_status(1.0) if patient else b""
        self._close("_life")
        status = status or self._read_status(END_LIMIT_S)
        try:
            told = loads(status)
        except Malformed:
            return {}
        return told if isinstance(told, dict) else {}

    def _read_status(self, limit_s: float) -> bytes:
        with selectors.PollSelector() as selector:
            selector.register(self._status, selectors.EVENT_READ)
            return os.read(self._status, 4096) if selector.select(limit_s) else b""


def _encoded(request: Mapping[str, Any]) -> bytes:
    """A request as a line; a check goes as code, compiled once for the class and not in every jail."""
    if request["op"] in ("check", "replay"):
        request = {**request, "source": _code(request["source"])}
    return json.dumps(request).encode() + b"\n"


@lru_cache(maxsize=1024)
def _code(source: str) -> str:
    return base64.b64encode(marshal.dumps(compile(source, "<check>", "exec"))).decode()


_FIELDS: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "files": {"ok": (bool,)},
    "cell": {"ok": (bool,), "outputs": (list,), "error": (str, type(None))},
    "place": {"ok": (bool,)},
    "check": {"events": (list,), "status": (str,)},
    "replay": {"events": (list,), "status": (str,)},
}


def _checked(line: bytes, request: Mapping[str, Any]) -> dict[str, Any]:
    """Decode a reply and see that it is one to this request; its `op` is that of the request.

    Raises:
        Ended: if it is not.
    """
    try:
        reply = loads(line)
    except Malformed as error:
        raise Ended("protocol", str(error)) from None
    if not isinstance(reply, dict) or type(reply.get("index")) is not int or reply["index"] != request["index"]:
        crash = reply.get("crash") if isinstance(reply, dict) else None
        raise Ended("protocol", str(crash)[:2000] if crash else "an answer to something else")
    for name, types in _FIELDS[request["op"]].items():
        if type(reply.get(name)) not in types:
            raise Ended("protocol", f"the field {name!r} is {type(reply.get(name)).__name__}")
    reply["op"] = request["op"]
    if request["op"] == "cell":
        reply["outputs"] = [output for output in reply["outputs"] if isinstance(output, dict)]
    return reply
