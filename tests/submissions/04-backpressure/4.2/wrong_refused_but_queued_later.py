"""misconception: who gave up waiting may be queued all the same: better late than never
fails: 4.2-last-instant
says: what was refused
"""
import trio


class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self.capacity, self.patience = capacity, patience
        self.buffer, self.line = [], []
        self.changed = trio.Event()
        self.closed = False

    async def dispatch(self, event):
        if self.closed:
            raise ShuttingDown
        self.line.append(event)
        self.move()
        with trio.move_on_after(self.patience) as scope:
            while event in self.line:
                if self.closed:
                    raise ShuttingDown
                await self.changed.wait()
        if event in self.line:
            raise Overloaded(1.0)

    def move(self):
        while self.line and len(self.buffer) < self.capacity:
            self.buffer.append(self.line.pop(0))
        self.tell()

    def tell(self):
        self.changed.set()
        self.changed = trio.Event()

    async def events(self):
        while self.buffer or not self.closed:
            if self.buffer:
                event = self.buffer.pop(0)
                self.move()
                yield event
            else:
                await self.changed.wait()

    def close(self):
        self.closed = True
        self.tell()
