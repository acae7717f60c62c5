"""approach: Hypercorn serves, with its own graceful time-out; the pool gets what is left of the grace
"""
import signal

import trio
from hypercorn.config import Config
from hypercorn.trio import serve as hypercorn_serve


async def serve(app, pool, *, readiness, host="127.0.0.1", port=8080, grace=5.0, drain_delay=0.0):
    config = Config()
    config.bind = [f"{host}:{port}"]
    config.graceful_timeout = grace
    config.loglevel = "CRITICAL"
    stop, exit_code = trio.Event(), 0

    async def listen(signals):
        nonlocal exit_code
        number = await signals.__anext__()
        readiness.start_draining()
        nursery.start_soon(stop_later)
        number = await signals.__anext__()
        exit_code = 128 + number
        outer.cancel()

    async def stop_later():
        await trio.sleep(drain_delay)
        stop.set()

    with trio.CancelScope() as outer, trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with trio.open_nursery() as nursery, pool:
            nursery.start_soon(listen, signals)
            await hypercorn_serve(app, config, shutdown_trigger=stop.wait)
            await pool.shutdown(grace)
            nursery.cancel_scope.cancel()
    return exit_code
