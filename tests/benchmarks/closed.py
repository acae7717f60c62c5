"""A load generator fast enough for one core's worth of server: `python -m tests.benchmarks.closed` with JSON on stdin.

Theory of operation
===================
1. Closed loop: each connection has one request out, and sends the next when its answer is there. That finds the
   capacity. With a `rate`, open loop: requests are due at their times, whichever connection is free, and the latency
   counts from then: what waits for a slow server is not forgotten.
2. Plain sockets, one epoll, no parser: the answers of one server to one kind of request are all equally long, and the
   first is read with care. So a whole answer is as many bytes, and its status is in the first twelve.
3. Event ids are unique and of one length. The numbers of the requests that were answered with 202 are kept, for looking
   for their events in the database afterwards.
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

HEAD = "Host: 127.0.0.1\r\nUser-Agent: servicelab-bench\r\nAccept: */*\r\nAuthorization: Bearer test\r\n"


@dataclass(frozen=True)
class Order:
    """What to do.

    Attributes:
        port: of the server.
        seconds: how long.
        events: in each request; 0 asks for `/healthz`.
        connections: how many.
        rate: requests a second; 0 for as many as are answered.
        first: number of the first request.
    """

    port: int
    seconds: float
    events: int = 0
    connections: int = 32
    rate: float = 0.0
    first: int = 0


@dataclass
class Outcome:
    """What came of it.

    Attributes:
        seconds: how long it took.
        busy: which part of that the load itself was computing; near 1, it is the load's capacity that was found.
        answers: how many, by status.
        cut: requests without an answer: the server closed the connection.
        latency_ms: p50 and p99.
        accepted: numbers of the requests that were answered with 202.
    """

    seconds: float = 0.0
    busy: float = 0.0
    answers: dict[str, int] = field(default_factory=dict)
    cut: int = 0
    latency_ms: dict[str, float] = field(default_factory=dict)
    accepted: list[int] = field(default_factory=list)


def event_ids(number: int, events: int) -> list[str]:
    """The ids of the events in a request."""
    return [f"e{number:09d}{place:04d}" for place in range(events)]


class Requests:
    """Makes requests: `GET /healthz`, or `POST /events` with so many events in each."""

    def __init__(self, events: int) -> None:
        self._pieces: list[bytes] = [f"GET /healthz HTTP/1.1\r\n{HEAD}\r\n".encode()]
        if not events:
            return
        number = "e#########"
        header = {"session_id": "session-1", "user_id": "user-1", "device": "laptop"}
        made = [
            {"id": f"{number}{place:04d}", "type": "order.placed", "timestamp": 1700000000.125, "params": {"price": 12}}
            for place in range(events)
        ]
        body = json.dumps({"header": header, "events": made})
        head = f"POST /events HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._pieces = (head + body).encode().split(b"#########")

    def number(self, number: int) -> bytes:
        return (b"%09d" % number).join(self._pieces)


class Load:
    """One run of an order."""

    def __init__(self, order: Order) -> None:
        self._order, self._requests = order, Requests(order.events)
        self._next = order.first
        self._length = self._measure()
        self._epoll = select.epoll()
        self._out: dict[int, tuple[int, float]] = {}  # descriptor -> number of the request, when it was due
        self._sockets: dict[int, socket.socket] = {}
        self._free: deque[int] = deque()
        self._latencies: list[float] = []
        self._answers: Counter[bytes] = Counter()
        self.outcome = Outcome()

    def _measure(self) -> int:
        """Length of an answer."""
        with socket.create_connection(("127.0.0.1", self._order.port), timeout=10) as sock:
            sock.sendall(self._requests.number(self._next))
            self._next += 1
            data = b""
            while not (match := re.search(rb"(?is)content-length: (\d+).*?\r\n\r\n", data)):
                data += sock.recv(65536)
            return match.end() + int(match[1])

    def run(self) -> Outcome:
        for _ in range(self._order.connections):
            sock = socket.create_connection(("127.0.0.1", self._order.port), timeout=10)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets[sock.fileno()] = sock
            self._epoll.register(sock.fileno(), select.EPOLLIN)
            self._free.append(sock.fileno())
        begin, computed = time.perf_counter(), time.process_time()
        (self._open_loop if self._order.rate else self._closed_loop)(begin, begin + self._order.seconds)
        outcome = self.outcome
        outcome.seconds = time.perf_counter() - begin
        outcome.busy = (time.process_time() - computed) / outcome.seconds
        outcome.answers = {status.decode()[9:]: count for status, count in self._answers.items()}
        self._latencies.sort()
        for percent in (50, 99):
            at = max(0, len(self._latencies) * percent // 100 - 1)
            outcome.latency_ms[str(percent)] = round(1000 * self._latencies[at], 3) if self._latencies else 0.0
        return outcome

    def _closed_loop(self, begin: float, end: float) -> None:
        while self._free:
            self._send(self._free.popleft(), begin)
        while self._out and (now := time.perf_counter()) < end:
            for descriptor, _ in self._epoll.poll(max(0.0, end - now)):
                if self._take(descriptor):
                    self._send(descriptor, time.perf_counter())
        self._finish()

    def _open_loop(self, begin: float, end: float) -> None:
        sent, gap = 0, 1 / self._order.rate
        while (now := time.perf_counter()) < end and self._sockets:
            while (due := begin + sent * gap) <= now and self._free:
                self._send(self._free.popleft(), due)
                sent += 1
            wait = max(0.0, due - time.perf_counter()) if self._free else end - now
            for descriptor, _ in self._epoll.poll(wait):
                if self._take(descriptor):
                    self._free.append(descriptor)
        self._finish()

    def _finish(self) -> None:
        """Take the answers that are still to come: an accepted event must not go uncounted."""
        end = time.perf_counter() + 5
        while self._out and time.perf_counter() < end:
            for descriptor, _ in self._epoll.poll(0.1):
                self._take(descriptor)
        self.outcome.cut += len(self._out)

    def _send(self, descriptor: int, due: float) -> None:
        self._out[descriptor] = self._next, due
        try:
            self._sockets[descriptor].sendall(self._requests.number(self._next))
        except OSError:
            self._lose(descriptor)
        self._next += 1

    def _take(self, descriptor: int) -> bool:
        """Read an answer; return whether the connection can be used again."""
        sock = self._sockets[descriptor]
        try:
            data = sock.recv(65536)
            while data and (len(data) < self._length and b"\r\nconnection: close" not in data):
                if not (more := sock.recv(65536)):
                    break
                data += more
        except OSError:
            data = b""
        if not data or descriptor not in self._out:
            self._lose(descriptor)
            return False
        number, due = self._out.pop(descriptor)
        self._latencies.append(time.perf_counter() - due)
        self._answers[data[:12]] += 1
        if data[9:12] == b"202":
            self.outcome.accepted.append(number)
        if b"connection: close" in data:
            self._lose(descriptor)
            return False
        return True

    def _lose(self, descriptor: int) -> None:
        self.outcome.cut += self._out.pop(descriptor, None) is not None
        self._epoll.unregister(descriptor)
        self._sockets.pop(descriptor).close()


def main() -> None:
    order = Order(**json.load(sys.stdin))
    outcome: dict[str, Any] = asdict(Load(order).run())
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    main()
