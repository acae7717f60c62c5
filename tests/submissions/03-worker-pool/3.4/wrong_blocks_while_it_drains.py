"""misconception: time.sleep is a pause like any other
fails: 3.4-stops-accepting
says: time.sleep
"""
import logging
import signal
import time

import trio
from servicelab.server import Server


async def serve(app, pool, *, readiness, host="127.0.0.1", port=8080, grace=5.0, drain_delay=0.0):
    code, server = 0, Server(app)

    async def second_signal():
        nonlocal code
        await anext(signals)
        code = 1
        everything.cancel_scope.cancel()

    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with trio.open_nursery() as everything:
            async with pool, trio.open_nursery() as nursery:
                await nursery.start(server.serve, host, port)
                await anext(signals)
                everything.start_soon(second_signal)
                readiness.start_draining()
                time.sleep(drain_delay)
                server.stop_accepting()
                with trio.move_on_after(grace) as limit:
                    await server.drained()
                server.cancel_requests()
                left = await pool.shutdown(max(0, limit.deadline - trio.current_time()))
                if left:
                    logging.getLogger("pool").warning("not finished: %r", left)
            everything.cancel_scope.cancel()
    return code
