"""misconception: what the channel raises tells enough
fails: 4.2-close
says: dispatch raises ShuttingDown at once
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

    async def _wait_for_room(self, event):
        with trio.move_on_after(self.patience):
            await self.entrance.send(event)
            return
        raise Overloaded(max(self.patience, 1.0))

    def events(self):
        return self.exit

    def close(self):
        self.entrance.close()
