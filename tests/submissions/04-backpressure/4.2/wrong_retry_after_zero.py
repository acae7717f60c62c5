"""misconception: the patience of the server is the time after which the client should come back, also when it is 0
fails: 4.2-no-patience
says: retry_after is above 0 also then
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
        raise Overloaded(self.patience)

    def events(self):
        return self.exit

    def close(self):
        self.entrance.close()
