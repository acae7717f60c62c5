"""misconception: a cancel scope of 0 seconds lets the first await succeed if it need not wait
fails: 4.2-no-patience
says: free room is always taken, also with patience 0
"""
import trio


class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self.patience = patience
        self.entrance, self.exit = trio.open_memory_channel(capacity)

    async def dispatch(self, event):
        await trio.lowlevel.checkpoint()
        await self._wait_for_room(event)

    async def _wait_for_room(self, event):
        try:
            with trio.move_on_after(self.patience):
                await self.entrance.send(event)
                return  # it is queued, even if the time is over at this very instant
        except trio.ClosedResourceError:
            raise ShuttingDown from None
        raise Overloaded(max(self.patience, 1.0))

    def events(self):
        return self.exit

    def close(self):
        self.entrance.close()
