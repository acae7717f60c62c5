"""What passes through a service, second by second: an ASGI middleware that counts, and readings for a dashboard.

Only what ended in the last `RECENT_S` seconds is kept. Times are those of trio's clock in the service.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import trio

from .plot import percentile

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

RECENT_S = 5.0
"""Rate and percentiles are those of the last seconds: short enough to see a change, long enough for a percentile."""


@dataclass(frozen=True)
class Reading:
    """What a meter shows at one moment.

    Attributes:
        rate: answers a second.
        statuses: answers by the first digit of their status, "2xx"; "gone" for requests that ended without one.
        latency_ms: percentiles 50, 90 and 99; empty if nothing was answered.
        in_flight: requests that are being answered.
    """

    at_s: float
    rate: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    latency_ms: dict[int, float] = field(default_factory=dict)
    in_flight: int = 0


class Meter:
    """ASGI middleware that counts; everything that is not HTTP passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._ended: deque[tuple[float, float, str]] = deque()
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and note how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = trio.current_time(), "gone"

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = f"{message['status'] // 100}xx"
            await send(message)

        self._in_flight += 1
        try:
            await self._app(scope, receive, noting)
        finally:
            self._in_flight -= 1
            now = trio.current_time()
            self._ended.append((now, now - began, status))
            self._forget(now)

    def read(self) -> Reading:
        """The reading of this moment; to be called inside of the service's trio."""
        now = trio.current_time()
        self._forget(now)
        recent = [(seconds, status) for _, seconds, status in self._ended]
        answered = [1000 * seconds for seconds, status in recent if status != "gone"]
        return Reading(
            at_s=now,
            rate=len(answered) / RECENT_S,
            statuses=dict(sorted(Counter(status for _, status in recent).items())),
            latency_ms={share: percentile(answered, share) for share in (50, 90, 99)} if answered else {},
            in_flight=self._in_flight,
        )

    def _forget(self, now: float) -> None:
        while self._ended and self._ended[0][0] <= now - RECENT_S:
            self._ended.popleft()
