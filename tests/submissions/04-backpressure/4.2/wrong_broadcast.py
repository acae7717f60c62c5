"""misconception: every consumer gets every event
fails: 4.2-each-once, 4.2-same-instant
says: each event goes to one consumer
"""
import trio


class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self.capacity, self.patience = capacity, patience
        self.entrance, self.exit = trio.open_memory_channel(capacity)
        self.seen = []
        self.closed = False
        self.news = trio.Event()

    async def dispatch(self, event):
        try:
            try:
                self.entrance.send_nowait(event)
            except trio.WouldBlock:
                with trio.fail_after(self.patience):
                    await self.entrance.send(event)
        except trio.TooSlowError:
            raise Overloaded(1.0) from None
        except trio.ClosedResourceError:
            raise ShuttingDown from None
        self.tell()

    def tell(self):
        self.news.set()
        self.news = trio.Event()

    async def events(self):
        place = 0
        while True:
            try:
                self.seen.append(self.exit.receive_nowait())
            except trio.WouldBlock:
                if place == len(self.seen):
                    await self.news.wait()
            except trio.EndOfChannel:
                if place == len(self.seen):
                    return
            if place < len(self.seen):
                place += 1
                yield self.seen[place - 1]

    def close(self):
        self.entrance.close()
        self.tell()
