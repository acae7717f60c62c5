"""approach: handlers of signal.signal that set events through the token; the second signal is left to the system
"""
import signal

import trio
from servicelab.server import Server


async def serve(app, pool, *, readiness, host="127.0.0.1", port=8080, grace=5.0, drain_delay=0.0):
    told, token = trio.Event(), trio.lowlevel.current_trio_token()

    def handler(number, frame):
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        token.run_sync_soon(told.set)

    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, handler)
    server = Server(app)
    async with pool:
        async with trio.open_nursery() as nursery:
            await nursery.start(server.serve, host, port)
            await told.wait()
            readiness.start_draining()
            if drain_delay:
                await trio.sleep(drain_delay)
            server.stop_accepting()
            with trio.move_on_after(grace):
                await server.drained()
            nursery.cancel_scope.cancel()
        await pool.shutdown(grace)
    return 0
