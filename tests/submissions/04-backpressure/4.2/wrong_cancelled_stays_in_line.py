"""misconception: who is cancelled leaves the line by itself
fails: 4.2-cancelled
says: who was cancelled has queued nothing
"""
class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self.capacity, self.patience = capacity, patience
        self.queue, self.waiting, self.closed = [], [], False
        self.readers = trio.lowlevel.ParkingLot()

    async def dispatch(self, event):
        await trio.lowlevel.checkpoint()
        if self.closed:
            raise ShuttingDown
        if len(self.queue) < self.capacity and not self.waiting:
            self.queue.append(event)
            self.readers.unpark()
            return
        mine = [event, trio.Event(), None]
        self.waiting.append(mine)
        with trio.move_on_after(self.patience):
            await mine[1].wait()
        if mine[2] is None:
            self.waiting.remove(mine)
            raise Overloaded(1.0)
        if mine[2] == "closed":
            raise ShuttingDown

    def _fill(self):
        while self.waiting and len(self.queue) < self.capacity and not self.closed:
            mine = self.waiting.pop(0)
            self.queue.append(mine[0])
            mine[2] = "queued"
            mine[1].set()
            self.readers.unpark()

    async def events(self):
        while True:
            await trio.lowlevel.checkpoint()
            while not self.queue and not self.closed:
                await self.readers.park()
            if not self.queue:
                return
            event = self.queue.pop(0)
            self._fill()
            yield event

    def close(self):
        self.closed = True
        for mine in self.waiting:
            mine[2] = "closed"
            mine[1].set()
        self.waiting = []
        self.readers.unpark_all()
