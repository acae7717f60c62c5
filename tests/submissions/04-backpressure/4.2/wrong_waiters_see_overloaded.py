"""misconception: who waits when the service closes has found no room, so it is Overloaded
fails: 4.2-close-wakes
says: who waits for room is told so
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
                return
        except trio.ClosedResourceError:
            pass
        raise Overloaded(max(self.patience, 1.0))

    def events(self):
        return self.exit

    def close(self):
        self.entrance.close()
