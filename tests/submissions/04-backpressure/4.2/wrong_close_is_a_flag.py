"""misconception: a flag that dispatch looks at first stops everything
fails: 4.2-close-wakes
says: at once
"""
import trio


class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self.patience = patience
        self.closed = False
        self.entrance, self.exit = trio.open_memory_channel(capacity)

    async def dispatch(self, event):
        await trio.lowlevel.checkpoint()
        if self.closed:
            raise ShuttingDown
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
        return self

    def __aiter__(self):
        return self

    async def __anext__(self):
        while not self.closed or self.exit.statistics().current_buffer_used:
            with trio.move_on_after(0.05):
                return await self.exit.receive()
        raise StopAsyncIteration

    def close(self):
        self.closed = True
