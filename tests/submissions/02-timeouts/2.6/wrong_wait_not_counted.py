"""misconception: the time begins when the thread begins
fails: 2.6-wait-counts, 2.6-limit
says: who gets no token in time is told so in time
"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    ticket = object()
    await limiter.acquire_on_behalf_of(ticket)

    def given_back(*_):
        limiter.release_on_behalf_of(ticket)

    class Borrowed:
        async def acquire_on_behalf_of(self, who):
            await trio.lowlevel.checkpoint()

        def release_on_behalf_of(self, who):
            given_back()

    with deadline(timeout, getattr(fn, "__name__", repr(fn))):
        return await trio.to_thread.run_sync(fn, *args, limiter=Borrowed(), abandon_on_cancel=True)
