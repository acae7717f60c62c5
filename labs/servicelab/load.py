"""An open-loop load generator: so many requests a second, whether the service keeps up or not.

Theory of operation
===================
1. Requests are due at fixed times, `1 / rate` apart, and nobody waits for an answer before the next one is sent: real
   clients do not know how busy a service is. A generator that waits ("closed loop") slows down with the service and so
   hides its collapse.
2. Latency counts from the time at which a request was *due*, so a generator that is late itself does not flatter.
3. Connections are kept and used again; a new one is opened when none is free. A request that finds its connection
   closed under its hands counts as an error; nothing is sent twice.
"""

from __future__ import annotations

import json
import math
import socket
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httptools
import trio

if TYPE_CHECKING:
    from collections.abc import Callable

PERCENTILES = (50, 90, 99, 99.9)


class LoadError(Exception):
    """Raised when there is nothing to load: a wrong URL."""


@dataclass(frozen=True)
class Target:
    """Where requests go and what they look like.

    Attributes:
        body: makes the body of request number n; None for GET.
    """

    host: str
    port: int
    path: str
    headers: tuple[str, ...] = ()
    body: Callable[[int], bytes] | None = None

    @classmethod
    def of(cls, url: str, *, token: str = "test", client: str = "") -> Target:
        """A target for one of the service's routes: events are posted to `/process` and `/events`, the rest is read.

        Raises:
            LoadError: if it is no URL of a service.
        """
        parts = urlsplit(url)
        try:
            port = parts.port or 80
        except ValueError:
            port = 0
        if parts.scheme != "http" or not parts.hostname or not port:
            raise LoadError(f"expected a URL such as http://127.0.0.1:8080/process, not {url!r}")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        posts = parts.path in ("/process", "/events")
        headers = [f"Host: {parts.netloc}"]
        headers += [f"Authorization: Bearer {token}", "Content-Type: application/json"] if posts else []
        headers += [f"X-Client-Id: {client}"] if client else []
        body = {"/process": _event, "/events": _envelope}.get(parts.path)
        return cls(parts.hostname, port, path, tuple(headers), body)

    def request(self, number: int) -> bytes:
        """The bytes of one request."""
        body = self.body(number) if self.body is not None else None
        lines = [f"{'GET' if body is None else 'POST'} {self.path} HTTP/1.1", *self.headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


@dataclass
class Report:
    """What a run of the generator saw. Times are milliseconds from when a request was due to the end of its answer.

    Attributes:
        offered: requests that were due.
        statuses: answers by status.
        errors: requests without an answer, by what went wrong.
        goodput: answers below 400 a second, until the last of them.
        latency_ms: percentiles of the answers below 400.
        all_latency_ms: percentiles of all answers.
        late_ms: the longest time that the generator itself was behind.
    """

    rate: float
    seconds: float
    offered: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    goodput: float = 0.0
    latency_ms: dict[str, float] = field(default_factory=dict)
    all_latency_ms: dict[str, float] = field(default_factory=dict)
    late_ms: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def text(self) -> str:
        """For a terminal."""
        seen = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items())) or "none"
        failed = ", ".join(f"{name}: {count}" for name, count in sorted(self.errors.items())) or "none"
        shown = "  ".join(f"p{name} {value:.1f} ms" for name, value in self.latency_ms.items()) or "none"
        return (
            f"{self.offered} requests in {self.seconds:g} s, {self.rate:g} a second\n"
            f"answers   {seen}\nerrors    {failed}\ngoodput   {self.goodput:.1f} a second\nlatency   {shown}"
        )


async def generate(target: Target, *, rate: float, seconds: float, patience: float = 10.0) -> Report:
    """Send requests at a rate for a while, and wait for their answers.

    Args:
        target: where to.
        rate: requests a second.
        seconds: how long to send.
        patience: seconds to wait for an answer.
    """
    run = _Run(target, patience)
    report = Report(rate, seconds)
    begin = trio.current_time()
    async with trio.open_nursery() as nursery:
        for number in range(math.ceil(rate * seconds)):
            due = begin + number / rate
            await trio.sleep_until(due)
            report.late_ms = max(report.late_ms, 1000 * (trio.current_time() - due))
            nursery.start_soon(run.one, number, due)
    await run.close()
    return run.fill(report)


class _Run:
    def __init__(self, target: Target, patience: float) -> None:
        self._target, self._patience = target, patience
        self._free: deque[_Connection] = deque()
        self._answers: list[tuple[int, float, float]] = []  # status, how long it took, when it ended
        self._begin = trio.current_time()
        self._errors: Counter[str] = Counter()

    async def one(self, number: int, due: float) -> None:
        connection: _Connection | None = None
        with trio.move_on_after(self._patience) as patience:
            try:
                connection = self._free.pop() if self._free else await _connect(self._target)
                status = await connection.ask(self._target.request(number))
                now = trio.current_time()
                self._answers.append((status, now - due, now - self._begin))
                if connection.reusable:
                    self._free.append(connection)
                    connection = None
            except (OSError, trio.BrokenResourceError, httptools.HttpParserError, EOFError) as error:
                self._errors[_what(error)] += 1
        if patience.cancelled_caught:
            self._errors["no answer in time"] += 1
        if connection is not None:
            await trio.aclose_forcefully(connection.stream)

    async def close(self) -> None:
        for connection in self._free:
            await trio.aclose_forcefully(connection.stream)

    def fill(self, report: Report) -> Report:
        good = sorted(took for status, took, _ in self._answers if status < 400)
        report.offered = len(self._answers) + self._errors.total()
        report.statuses = dict(Counter(status for status, *_ in self._answers))
        report.errors = dict(self._errors)
        span = max([report.seconds, *(ended for status, _, ended in self._answers if status < 400)])
        report.goodput = round(len(good) / span, 1)
        report.latency_ms = _percentiles(good)
        report.all_latency_ms = _percentiles(sorted(took for _, took, _ in self._answers))
        return report


class _Connection:
    """One connection; `ask` sends a request and waits for the end of its answer."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.reusable = False
        self._complete = False
        self._parser: Any = None

    async def ask(self, request: bytes) -> int:
        self._parser, self._complete, self.reusable = httptools.HttpResponseParser(self), False, False
        await self.stream.send_all(request)
        while not self._complete:
            data = await self.stream.receive_some()
            if not data:
                raise EOFError
            self._parser.feed_data(data)
        status: int = self._parser.get_status_code()
        return status

    def on_message_complete(self) -> None:
        """Called by httptools."""
        self._complete, self.reusable = True, self._parser.should_keep_alive()


async def _connect(target: Target) -> _Connection:
    stream = await trio.open_tcp_stream(target.host, target.port)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return _Connection(stream)


def _what(error: BaseException) -> str:
    if isinstance(error, EOFError):
        return "closed without an answer"
    if isinstance(error, trio.BrokenResourceError):
        return "connection lost"
    if isinstance(error, OSError):
        return "no connection"
    return "no HTTP"


def _percentiles(ordered: list[float]) -> dict[str, float]:
    if not ordered:
        return {}
    ranks = {f"{each:g}": min(len(ordered) - 1, math.ceil(each / 100 * len(ordered)) - 1) for each in PERCENTILES}
    return {name: round(1000 * ordered[rank], 2) for name, rank in ranks.items()}


def _envelope(number: int) -> bytes:
    event = {"id": f"e-{number}", "type": "click", "timestamp": 1.7e9, "params": {"button": "buy"}}
    header = {"session_id": "s-1", "user_id": "ann", "device": "phone"}
    return json.dumps({"header": header, "events": [event]}).encode()


def _event(number: int) -> bytes:
    return json.dumps({"id": f"e-{number}", "type": "click", "user": "ann"}).encode()
