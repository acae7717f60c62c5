"""The routes: health, `POST /process`, `POST /events`, wired from the parts that are there.

Theory of operation
===================
1. A request to do work passes, in this order: the client's token bucket (429), a ticket (503), the bearer token (401),
   the body (400), the steps under one deadline (504, 500). Whatever is refused is refused before it costs anything.
2. Every error becomes one JSON answer in one place, `_answer_for`. What it says is what the client may know: an
   exception's own text goes into the log only.
3. Each step falls back to nothing where its exercise is not solved.
"""

from __future__ import annotations

import json
import logging
import math
from functools import partial
from typing import TYPE_CHECKING, Any

import trio
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .ingest import Closed, Full, Ingest, TooMany
from .logs import Tracing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from .config import Config
    from .parts import Parts
    from .pipeline import Pipeline
    from .store import Event, Store

SLOW_AUTH_S = 3.0
_log = logging.getLogger("service.app")


class Refused(Exception):  # noqa: N818  # an answer, not a fault
    """Raised where a request is refused; it is the answer's status, text and headers."""

    def __init__(self, status: int, error: str, **headers: str) -> None:
        super().__init__(error)
        self.status = status
        self.headers = headers


class Service:
    """The handlers, with all that they need.

    Attributes:
        readiness: the labs' `Readiness`, or None.
        tickets: the labs' `Tickets`, or None.
    """

    def __init__(
        self,
        parts: Parts,
        config: Config,
        store: Store,
        pipeline: Pipeline | Ingest,
        background: trio.Nursery | None = None,
    ) -> None:
        self._parts, self._config, self._store = parts, config, store
        self._pipeline, self._background = pipeline, background
        self.readiness = self._readiness()
        self.tickets = self._make("admission", "Tickets", config.tickets)
        self._buckets = self._make("admission", "TokenBucket", config.rate, config.burst)
        self._bulkheads = self._make("admission", "Bulkheads", {"auth": config.tickets, "store": config.tickets})

    def _make(self, module: str, name: str, *args: Any, **kwargs: Any) -> Any:
        part = self._parts.get(module, name)
        return part(*args, **kwargs) if part is not None else None

    def _readiness(self) -> Any:
        checks = {"store": self._store.ping}
        if isinstance(self._pipeline, Ingest):
            checks["sink"] = self._pipeline.ping
        probes = [self._make("health", "Probe", name, ping, timeout=1.0, ttl=1.0) for name, ping in checks.items()]
        return self._make("health", "Readiness", [probe for probe in probes if probe is not None], budget=2.0)

    def asgi(self, lifespan: Callable[[Any], Any] | None = None) -> ASGIApp:
        """The application, middleware and all."""
        routes = [Route("/events", self.events, methods=["POST"]), Route("/stats", self.stats)]
        if None not in (self._parts.get("deadlines", "process"), self._parts.get("deadlines", "Steps")):
            routes.append(Route("/process", self.process, methods=["POST"]))
        create_app, healthz = self._parts.get("health", "create_app"), self._parts.get("health", "healthz")
        if create_app is not None and healthz is not None and self.readiness is not None:
            app: ASGIApp = create_app(self.readiness, routes=routes, lifespan=lifespan)
        else:
            health = [Route("/healthz", healthz)] if healthz is not None else []
            ready = [Route("/readyz", self.readiness.readyz)] if self.readiness is not None else []
            app = Starlette(routes=[*health, *ready, *routes], lifespan=lifespan)
        if (budget := self._parts.get("deadlines", "Budget")) is None:
            return Tracing(app)
        limited = budget(app, timeout=self._config.timeout, budget=self._config.budget, log=_log_over_budget)
        if not isinstance(self._pipeline, Ingest) or self._config.slow_auth:
            return Tracing(limited)
        return Tracing(_beside(routes[0], limited))

    # --- the routes ---
    async def process(self, request: Request) -> Response:
        """Authenticate, validate and store one event under one deadline."""
        return await self._answered(request, self._process)

    async def events(self, request: Request) -> Response:
        """Accept events; they are stored later."""
        if not isinstance(self._pipeline, Ingest):
            return await self._answered(request, self._accept)
        try:
            client, token = _who(request.scope)
            self._pay(client)
            await self._authenticate(_present(token))
            accepted, refused = await self._pipeline.accept(await _bytes_of(request))
        except Exception as error:
            return self._answer_for(error)
        if refused and not accepted:
            return JSONResponse({"error": "every event was refused", "refused": refused}, 400)
        if refused:
            return JSONResponse({"accepted": accepted, "refused": refused}, 202)
        return Response(b'{"accepted":%d,"refused":[]}' % accepted, 202, media_type="application/json")

    async def stats(self, request: Request) -> Response:
        """How much is going on."""
        pool = self._pipeline.statistics()
        numbers = (
            {name: getattr(pool, name) for name in ("accepted", "done", "failed", "running", "queued")} if pool else {}
        )
        return JSONResponse({"tickets_free": self.tickets.free() if self.tickets else None, "pool": numbers})

    async def _process(self, request: Request) -> Response:
        event, (_, token) = await _body_of(request), _who(request.scope)
        if not isinstance(event, dict):
            raise Refused(400, "expected an event, a JSON object")
        steps = self._parts.get("deadlines", "Steps")(
            auth=lambda event: self._in("auth", partial(self._authenticate, token)),
            validate=_validate,
            store=lambda event: self._in("store", partial(self._store_event, event)),
            caps={"auth": self._config.auth_cap, "store": self._config.store_cap},
        )
        stored = await self._parts.get("deadlines", "process")(event, steps, timeout=self._config.timeout)
        self._afterwards(event)
        return JSONResponse({"id": stored})

    async def _accept(self, request: Request) -> Response:
        await self._authenticate(_who(request.scope)[1])
        body = await _body_of(request)
        events = body.get("events") if isinstance(body, dict) and "events" in body else [body]
        if not isinstance(events, list):
            raise Refused(400, "expected a list of events")
        for event in events:
            await _validate(event)
        for event in events:
            await self._pipeline.accept(event)
        return JSONResponse({"accepted": len(events)}, status_code=202)

    # --- what stands around each request ---
    async def _answered(self, request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
        try:
            client, token = _who(request.scope)
            self._pay(client)
            _present(token)
            return await self._with_ticket(partial(self._listening, request, partial(handle, request)))
        except Exception as error:
            return self._answer_for(error)

    def _pay(self, client: str) -> None:
        wait = self._buckets.take(client) if self._buckets is not None else 0.0
        if wait:
            raise Refused(429, "too many requests", **{"retry-after": str(math.ceil(wait))})

    async def _with_ticket(self, handle: Callable[[], Awaitable[Response]]) -> Response:
        """Wait for a ticket for `patience` at most, and handle the request while holding it."""
        if self.tickets is None:
            return await handle()
        patience = math.inf if self.tickets.free() else self._config.patience  # a free one is taken, however impatient
        with trio.CancelScope(deadline=trio.current_time() + patience) as scope:
            async with self.tickets.hold():
                scope.deadline = math.inf
                return await handle()
        raise Refused(503, "too many requests at work", **{"retry-after": "1"})

    async def _listening(self, request: Request, handle: Callable[[], Awaitable[Response]]) -> Response:
        """Handle the request for as long as its client is there."""
        until_disconnect = self._parts.get("deadlines", "until_disconnect")
        if until_disconnect is None:
            return await handle()
        await request.body()  # afterwards, only a disconnect can be received
        answer: Response = await until_disconnect(request.receive, handle)
        return answer

    async def _in(self, compartment: str, step: Callable[[], Awaitable[Any]]) -> Any:
        if self._bulkheads is None:
            return await step()
        async with self._bulkheads.enter(compartment):
            return await step()

    def _afterwards(self, event: Event) -> None:
        detach = self._parts.get("deadlines", "detach")
        if detach is not None and self._background is not None:
            detach(self._background, partial(_audit, event), cap=5.0)

    def _answer_for(self, error: Exception) -> Response:
        """The one place that turns an error into an answer."""
        if isinstance(error, Refused):
            return JSONResponse({"error": str(error)}, error.status, error.headers)
        if isinstance(error, ValueError):  # what the labs raise for a body that they cannot read
            return JSONResponse({"error": str(error)}, 400)
        if isinstance(error, TooMany):
            return JSONResponse({"error": str(error)}, 413)
        if isinstance(error, (Full, *self._parts.every("Overloaded"))):
            seconds = math.ceil(getattr(error, "retry_after", 1) or 1)
            return JSONResponse({"error": "overloaded"}, 503, {"retry-after": str(seconds)})
        if isinstance(error, (Closed, *self._parts.every("ShuttingDown"), *self._parts.every("PoolClosed"))):
            return JSONResponse({"error": "shutting down"}, 503, {"retry-after": "1"})
        status_of = self._parts.get("deadlines", "status_of")
        status = status_of(error) if status_of is not None else 500
        if status is None:  # nobody is there to be told
            return Response(status_code=499)
        if status >= 500 and not hasattr(error, "cause"):
            _log.error("a request failed", exc_info=error)
        return JSONResponse({"error": _public_text(error)}, status)

    # --- the steps ---
    async def _authenticate(self, token: str) -> None:
        if self._config.slow_auth:
            await trio.sleep(SLOW_AUTH_S)
        if token != self._config.token:
            raise Refused(401, "this token is not valid", **{"www-authenticate": "Bearer"})

    async def _store_event(self, event: Event) -> str:
        try:
            await self._store.write(event)
        except ConnectionError as error:
            failed = self._parts.get("deadlines", "StoreFailed") or RuntimeError
            raise failed("the store failed") from error
        return str(event["id"])


async def _validate(event: Any) -> None:
    if not isinstance(event, dict):
        raise Refused(400, "expected an event, a JSON object")
    for name in ("id", "type"):
        if not isinstance(event.get(name), str) or not event[name]:
            raise Refused(400, f"expected an event with {name!r}, a text")


async def _audit(event: Event) -> None:
    await trio.lowlevel.checkpoint()
    _log.info("processed", extra={"event_id": event["id"], "event_type": event["type"]})


def _beside(events: ASGIApp, others: ASGIApp) -> ASGIApp:
    """One application for `/events`, whose waits are bounded by the patience, and one for everything else.

    The route alone is one: Starlette's middlewares turn exceptions into answers, and `_answer_for` leaves them none.
    """

    def app(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return (events if scope.get("path") == "/events" else others)(scope, receive, send)

    return app


async def _bytes_of(request: Request) -> bytes:
    """The body; read by hand, as `Request.body` costs a tenth of the whole request.

    Raises:
        Refused: if the client goes away before it has sent all.
    """
    parts = []
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Refused(499, "the client went away")
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _present(token: str) -> str:
    if token == "":
        raise Refused(401, "expected Authorization: Bearer TOKEN", **{"www-authenticate": "Bearer"})
    return token


async def _body_of(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        raise Refused(400, "expected JSON") from None


def _who(scope: Scope) -> tuple[str, str]:
    """The client, by the name that it gives itself or its address, and its bearer token; empty where there is none.

    In one pass over the headers: asking Starlette's `request.headers` for two of them costs three times as much.
    """
    client = authorization = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = authorization or value
        elif name == b"x-client-id":
            client = client or value
    kind, _, token = authorization.partition(b" ")
    address = scope.get("client")
    return (
        client.decode("latin-1") or (address[0] if address else ""),
        token.strip().decode("latin-1") if kind.lower() == b"bearer" else "",
    )


def _public_text(error: Exception) -> str:
    """What the client may know of an error: which time-out it was, or that the store failed."""
    if isinstance(cause := getattr(error, "cause", None), str):
        return cause
    return str(error) if type(error).__name__ == "StoreFailed" else "internal error"


def _log_over_budget(record: dict[str, Any]) -> None:
    _log.warning("over budget", extra={name: value for name, value in record.items() if name != "event"})
