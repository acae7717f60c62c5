"""approach: a task for each message; one limiter for the room, one for those who are at work; leaving waits for the nursery
"""
import trio


class Exchange:
    def __init__(self):
        self.queues = {}
        self.patterns = {}
        self.early = []

    def queue(self, name, *, capacity, consumers, handler, attempts=3):
        self.queues[name] = {
            "room": trio.Semaphore(capacity),
            "work": trio.CapacityLimiter(consumers),
            "handler": handler,
            "attempts": attempts,
            "dead": [],
        }
        self.patterns[name] = []

    def bind(self, queue, pattern):
        self.patterns[queue].append(tuple(pattern.split(".")))

    async def __aenter__(self):
        self.cm = trio.open_nursery()
        self.nursery = await self.cm.__aenter__()
        return self

    async def __aexit__(self, *error):
        if error[1] is not None:
            self.nursery.cancel_scope.cancel()
        await self.cm.__aexit__(None, None, None)

    def fits(self, pattern, words):
        if pattern and pattern[0] == "#":
            return any(self.fits(pattern[1:], words[n:]) for n in range(len(words) + 1))
        if not pattern or not words:
            return not pattern and not words
        return (pattern[0] == "*" or pattern[0] == words[0]) and self.fits(pattern[1:], words[1:])

    async def publish(self, key, message):
        words = tuple(key.split("."))
        targets = [self.queues[name] for name, patterns in self.patterns.items() if any(self.fits(p, words) for p in patterns)]
        for target in targets:
            await target["room"].acquire()
            self.nursery.start_soon(self.work, target, message)
        return len(targets)

    async def work(self, target, message):
        try:
            async with target["work"]:
                left = target["attempts"]
                while left:
                    left -= 1
                    try:
                        await target["handler"](message)
                        return
                    except Exception:
                        pass
                target["dead"].append(message)
        finally:
            target["room"].release()

    def dead_letters(self, queue):
        return list(self.queues[queue]["dead"])
