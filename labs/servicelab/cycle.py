"""One request and its answer, as the application sees them: ASGI's `receive` and `send`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from .answer import CONTINUE, Response

if TYPE_CHECKING:
    from starlette.types import Message

    from .connection import Connection


class Cycle(Response):
    """One request and its answer: the `receive` and `send` that the application gets."""

    connection: Connection  # set, not handed to an `__init__`: that would cost 0.2 us
    _body_received = False

    async def receive(self) -> Message:
        """The next part of the body; then `http.disconnect`, as soon as the client has gone or has its answer."""
        request, connection = self.request, self.connection
        if self._body_received:
            await trio.lowlevel.checkpoint()  # who asks again and again must let others run
            if not self.ended:
                await connection.wait_gone()
            return {"type": "http.disconnect"}
        if not request.complete:
            if request.expects_continue and not request.size and not self.started:
                request.expects_continue = False
                await connection.write(CONTINUE)
            await connection.wait_for(request)
            if not request.chunks and not request.complete:
                await trio.lowlevel.checkpoint()
                return {"type": "http.disconnect"}
        self._body_received = request.complete
        body = request.take()
        if not request.complete:
            connection.make_room()
        return {"type": "http.request", "body": body, "more_body": not request.complete}

    async def send(self, message: Message) -> None:
        """Send a part of the answer.

        Raises:
            OSError: if the client has gone.
            RuntimeError: if it is not what may come next.
        """
        if message["type"] == "http.response.start":
            self.start(message)
            return
        connection = self.connection
        data = self.encode(message, close=connection.closing())
        if data and (sent := connection.write_nowait(data)) < len(data):
            await connection.write_rest(memoryview(data)[sent:])
        if not self.ended:
            await trio.lowlevel.checkpoint()
