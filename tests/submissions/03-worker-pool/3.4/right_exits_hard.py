"""approach: the first signal leaves its block and gives the second back to whoever had it; a pool that its caller has entered
"""
import os
import signal

import trio
from servicelab.server import Server


async def serve(app, pool, *, readiness, host="127.0.0.1", port=8080, grace=5.0, drain_delay=0.0):
    server = Server(app)

    async def impatient(signals):
        async for number in signals:
            os._exit(128 + number)

    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            await nursery.start(server.serve, host, port)
            async for _ in signals:
                break
            nursery.start_soon(impatient, signals)
            readiness.start_draining()
            await trio.sleep(drain_delay)
            deadline = trio.current_time() + grace
            server.stop_accepting()
            with trio.move_on_at(deadline):
                await server.drained()
            await pool.shutdown(max(deadline - trio.current_time(), 0))
            nursery.cancel_scope.cancel()
    return 0
