"""approach: patterns live in a tree of words; each queue is a small active object with a start event
"""
import trio


class Node:
    def __init__(self):
        self.children, self.queues = {}, set()

    def add(self, words, queue):
        node = self
        for word in words:
            node = node.children.setdefault(word, Node())
        node.queues.add(queue)

    def find(self, words, found):
        if not words:
            found |= self.queues
        for word, child in self.children.items():
            if word == "#":
                for n in range(len(words) + 1):
                    child.find(words[n:], found)
            elif words and word in ("*", words[0]):
                child.find(words[1:], found)


class Exchange:
    def __init__(self):
        self.root, self.inlets, self.dead, self.pending, self.nursery = Node(), {}, {}, [], None

    def queue(self, name, *, capacity, consumers, handler, attempts=3):
        self.inlets[name], outlet = trio.open_memory_channel(capacity)
        self.dead[name] = []
        for _ in range(consumers):
            self.spawn(self.consumer, name, outlet, handler, attempts)

    def spawn(self, *call):
        if self.nursery is None:
            self.pending.append(call)
        else:
            self.nursery.start_soon(*call)

    def bind(self, queue, pattern):
        self.root.add(pattern.split("."), queue)

    async def consumer(self, name, outlet, handler, attempts):
        while True:
            try:
                message = await outlet.receive()
            except trio.EndOfChannel:
                return
            if not await self.tried(handler, message, attempts):
                self.dead[name].append(message)

    async def tried(self, handler, message, attempts):
        try:
            await handler(message)
            return True
        except Exception:
            return attempts > 1 and await self.tried(handler, message, attempts - 1)

    async def __aenter__(self):
        self.manager = trio.open_nursery(strict_exception_groups=True)
        self.nursery = await self.manager.__aenter__()
        for call in self.pending:
            self.nursery.start_soon(*call)
        return self

    async def __aexit__(self, kind, error, frames):
        for inlet in self.inlets.values():
            inlet.close()
        return await self.manager.__aexit__(kind, error, frames)

    async def publish(self, key, message):
        found = set()
        self.root.find(key.split("."), found)
        for name in found:
            await self.inlets[name].send(message)
        return len(found)

    def dead_letters(self, queue):
        return self.dead[queue]
