"""misconception: closing waits until the queue is empty
fails: 4.2-close
says: after close, dispatch raises ShuttingDown at once
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
        return self.exit

    async def close(self):
        while self.exit.statistics().current_buffer_used:
            await trio.sleep(0.01)
        self.entrance.close()
