"""approach: an iterator object for each consumer, which asks the channel and translates its end
"""
import trio


class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self.patience = patience
        self.inlet, self.outlet = trio.open_memory_channel(capacity)
        self.closed = False

    async def dispatch(self, event):
        if self.closed:
            raise ShuttingDown
        if self.inlet.statistics().current_buffer_used < self.inlet.statistics().max_buffer_size:
            self.inlet.send_nowait(event)
            return
        sent = False
        with trio.move_on_after(self.patience):
            try:
                await self.inlet.send(event)
                sent = True
            except trio.ClosedResourceError:
                raise ShuttingDown from None
        if not sent:
            raise Overloaded(self.patience + 1)

    def events(self):
        return Events(self.outlet)

    def close(self):
        self.closed = True
        self.inlet.close()


class Events:
    def __init__(self, outlet):
        self.outlet = outlet

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return await self.outlet.receive()
        except trio.EndOfChannel:
            raise StopAsyncIteration from None
