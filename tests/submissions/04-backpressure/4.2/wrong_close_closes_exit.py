"""misconception: both ends are closed by who stops the service
fails: 4.2-close
says: what was accepted is still delivered after close
"""
import trio


class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self.patience = patience
        self.entrance, self.exit = trio.open_memory_channel(capacity)

    async def dispatch(self, event):
        await trio.lowlevel.checkpoint()
        try:
            self.entrance.send_nowait(event)  # free room is taken, whatever the patience
        except trio.WouldBlock:
            await self._wait_for_room(event)
        except trio.ClosedResourceError:
            raise ShuttingDown from None

    async def _wait_for_room(self, event):
        try:
            with trio.move_on_after(self.patience):
                await self.entrance.send(event)
                return  # it is queued, even if the time is over at this very instant
        except trio.ClosedResourceError:
            raise ShuttingDown from None
        raise Overloaded(max(self.patience, 1.0))

    def events(self):
        return Events(self.exit)

    def close(self):
        self.entrance.close()
        self.exit.close()


class Events:
    def __init__(self, exit):
        self.exit = exit

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return await self.exit.receive()
        except (trio.EndOfChannel, trio.ClosedResourceError):
            raise StopAsyncIteration from None
