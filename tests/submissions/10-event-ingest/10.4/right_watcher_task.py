"""approach: a task of its own waits for the loss, in a nursery of each connection; getters have events of their own
"""
import trio


class Connection:
    def __init__(self, connect, *, backoff=(0.1, 30.0), jitter=full_jitter):
        self.connect, self.backoff, self.jitter = connect, backoff, jitter
        self.lines, self.getters = [], set()

    @property
    def up(self):
        return bool(self.lines)

    async def watch(self, line, lost):
        try:
            await line.wait_closed()
        except Exception:
            pass
        finally:
            self.lines.clear()
        lost.set()

    async def run(self):
        exponent = 0
        async with trio.open_nursery() as nursery:
            while True:
                try:
                    line = await self.connect()
                except Exception:
                    pass
                else:
                    exponent, lost = 0, trio.Event()
                    self.lines.append(line)
                    for getter in self.getters:
                        getter.set()
                    nursery.start_soon(self.watch, line, lost)
                    await lost.wait()
                await trio.sleep(self.jitter(min(self.backoff[0] * 2**exponent, self.backoff[1])))
                exponent += 1

    async def get(self):
        while not self.lines:
            mine = trio.Event()
            self.getters.add(mine)
            try:
                await mine.wait()
            finally:
                self.getters.discard(mine)
        return self.lines[0]
