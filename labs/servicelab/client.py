"""Ask an application for an answer in memory: no port, no server, and virtual time where the caller has it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from starlette.types import ASGIApp


@dataclass(frozen=True)
class Answer:
    """What a client sees of a response.

    Attributes:
        status: the HTTP status code.
        content_type: the media type, without parameters such as the character set.
        body: the body as text.
    """

    status: int
    content_type: str
    body: str

    def json(self) -> Any:
        """The body read as JSON.

        Raises:
            ValueError: if the body is not JSON.
        """
        return json.loads(self.body)


def answer_of(response: httpx.Response) -> Answer:
    """Reduce a response of httpx to plain data."""
    media_type = response.headers.get("content-type", "").partition(";")[0].strip()
    return Answer(response.status_code, media_type, response.text)


async def get(app: ASGIApp, path: str) -> Answer:
    """Send `GET path` to an application in memory.

    Args:
        app: an ASGI application, Starlette's for instance.
        path: for instance "/healthz".

    Returns:
        The answer, when it is complete. There is no time-out: put `trio.move_on_after` around it.

    Raises:
        Exception: what leaves the application, as itself. A server would answer 500 for it.
    """
    transport = httpx.ASGITransport(app=app)
    response = await transport.handle_async_request(httpx.Request("GET", f"http://service{path}"))
    await response.aread()
    return answer_of(response)
