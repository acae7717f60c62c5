"""misconception: requests and pool stop at the same time
fails: 3.4-in-order, 3.4-stops-accepting, 3.4-stuck
says: its job is still accepted
"""
import logging
import signal

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
                await trio.sleep(drain_delay)
                server.stop_accepting()
                everything.start_soon(pool.shutdown, grace)
                with trio.move_on_after(grace) as limit:
                    await server.drained()
                server.cancel_requests()
                left = await pool.shutdown(max(0, limit.deadline - trio.current_time()))
                if left:
                    logging.getLogger("pool").warning("not finished: %r", left)
            everything.cancel_scope.cancel()
    return code
