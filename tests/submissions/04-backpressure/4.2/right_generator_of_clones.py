"""approach: events is an async generator over a clone of its own; close closes the entrance
"""
import trio


class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self._send, self._receive = trio.open_memory_channel(capacity)
        self._patience = patience

    async def dispatch(self, event):
        try:
            try:
                self._send.send_nowait(event)
            except trio.WouldBlock:
                with trio.fail_after(self._patience):
                    await self._send.send(event)
        except trio.TooSlowError:
            raise Overloaded(1.0) from None
        except trio.ClosedResourceError:
            raise ShuttingDown("no new events") from None

    async def events(self):
        async with self._receive.clone() as mine:
            async for event in mine:
                yield event

    def close(self):
        self._send.close()
