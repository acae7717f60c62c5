"""misconception: who waits for room will get it
fails: 4.2-patience
says: dispatch gives up when patience seconds are over
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
            await self.entrance.send(event)
            return
        except trio.ClosedResourceError:
            raise ShuttingDown from None
        raise Overloaded(max(self.patience, 1.0))

    def events(self):
        return self.exit

    def close(self):
        self.entrance.close()
