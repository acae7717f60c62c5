"""approach: an object with a method for each phase; sys.exit on the second signal
"""
import signal
import sys

import trio
from servicelab.server import Server


class Shutdown:
    def __init__(self, app, pool, readiness, grace, delay):
        self.server, self.pool, self.readiness, self.grace, self.delay = Server(app), pool, readiness, grace, delay
        self.first, self.second = trio.Event(), trio.Event()

    async def count_signals(self, task_status):
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            task_status.started()
            async for _ in signals:
                (self.second if self.first.is_set() else self.first).set()

    async def give_up(self):
        await self.second.wait()
        sys.exit(3)

    async def requests(self):
        await trio.sleep(self.delay)
        self.server.stop_accepting()
        with trio.move_on_after(self.grace):
            await self.server.drained()
        self.server.cancel_requests()

    async def run(self, host, port):
        async with trio.open_nursery() as nursery:
            await nursery.start(self.count_signals)
            nursery.start_soon(self.give_up)
            async with self.pool:
                await nursery.start(self.server.serve, host, port)
                await self.first.wait()
                self.readiness.start_draining()
                await self.requests()
                await self.pool.shutdown(self.grace)
            nursery.cancel_scope.cancel()


async def serve(app, pool, *, readiness, host="127.0.0.1", port=8080, grace=5.0, drain_delay=0.0):
    await Shutdown(app, pool, readiness, grace, drain_delay).run(host, port)
    return 0
