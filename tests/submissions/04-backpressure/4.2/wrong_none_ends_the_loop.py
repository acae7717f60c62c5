"""misconception: None marks the end
fails: 4.2-any-event
says: each event is handled: None, empty, equal ones too
"""
class Dispatcher:
    """A bounded queue of events that says no in time."""

    def __init__(self, *, capacity, patience=1.0):
        """Make an empty queue for `capacity` events; `patience` in seconds."""
        self.patience = patience
        self.entrance, self.exit = trio.open_memory_channel(capacity)

    async def dispatch(self, event):
        """Queue an event.

        Raises:
            Overloaded: if there was no room for `patience` seconds; the event is not queued.
            ShuttingDown: if `close()` is called before the event is queued.
        """
        await trio.lowlevel.checkpoint()
        try:
            try:
                self.entrance.send_nowait(event)  # free room is taken, whatever the patience
                return
            except trio.WouldBlock:
                with trio.move_on_after(self.patience):
                    await self.entrance.send(event)
                    return  # it is queued, even if the time is over at this very instant
        except trio.ClosedResourceError:
            raise ShuttingDown from None
        raise Overloaded(max(self.patience, 1.0))

    def events(self):
        """Return an async iterable of events, for one consumer."""
        return self._events()

    async def _events(self):
        async for event in self.exit:
            if event is None:
                return
            yield event

    def close(self):
        """Take nothing new; what was accepted is still delivered."""
        self.entrance.close()
