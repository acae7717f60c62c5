"""approach: an object for one run, with methods
"""
import trio


class _Run:
    def __init__(self, event, steps, timeout):
        self.event, self.steps, self.timeout = event, steps, timeout

    async def step(self, name):
        await trio.lowlevel.checkpoint()
        with trio.move_on_after(self.steps.caps.get(name, trio.current_time() + 1e8)) as limit:
            self.value = await getattr(self.steps, name)(self.event)
        if limit.cancelled_caught:
            raise TimedOut(f"{name} exceeded {self.steps.caps[name]} s")

    async def all(self):
        with trio.move_on_after(self.timeout) as request:
            for name in "auth validate store".split():
                await self.step(name)
        if request.cancelled_caught:
            raise TimedOut(f"request exceeded {self.timeout} s")
        return self.value


async def process(event, steps, *, timeout=2.0):
    return await _Run(event, steps, timeout).all()
