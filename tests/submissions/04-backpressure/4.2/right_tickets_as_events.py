"""approach: each waiting dispatch leaves its event with an Event in a line; whoever makes room moves it in
"""
from collections import deque

import trio


class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self.capacity, self.patience = capacity, patience
        self.buffer, self.line = deque(), deque()
        self.news = trio.Event()
        self.closed = False

    async def dispatch(self, event):
        await trio.sleep(0)
        if self.closed:
            raise ShuttingDown
        entry = {"event": event, "queued": False, "woken": trio.Event()}
        if len(self.buffer) < self.capacity:
            self.put(entry)
            return
        self.line.append(entry)
        try:
            with trio.move_on_after(self.patience):
                await entry["woken"].wait()
        finally:
            if entry in self.line:
                self.line.remove(entry)
        if entry["queued"]:
            return
        if self.closed:
            raise ShuttingDown
        raise Overloaded(retry_after=1)

    def put(self, entry):
        self.buffer.append(entry["event"])
        entry["queued"] = True
        entry["woken"].set()
        self.tell()

    def tell(self):
        news, self.news = self.news, trio.Event()
        news.set()

    async def events(self):
        while self.buffer or not self.closed:
            if not self.buffer:
                await self.news.wait()
                continue
            event = self.buffer.popleft()
            if self.line:
                self.put(self.line.popleft())
            yield event

    def close(self):
        self.closed = True
        while self.line:
            self.line.popleft()["woken"].set()
        self.tell()
