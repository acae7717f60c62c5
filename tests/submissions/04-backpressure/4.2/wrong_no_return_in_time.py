"""misconception: a `with move_on_after` that ends well ends the function
fails: 4.2-bounded
says: while there is room, dispatch returns at once
"""
import trio


class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self.patience = patience
        self.entrance, self.exit = trio.open_memory_channel(capacity)

    async def dispatch(self, event):
        try:
            with trio.move_on_after(self.patience):
                await self.entrance.send(event)
        except trio.ClosedResourceError:
            raise ShuttingDown from None
        raise Overloaded(self.patience)

    def events(self):
        return self.exit

    def close(self):
        self.entrance.close()
