"""misconception: the system stops a service: nothing to do here
fails: 3.4-in-order, 3.4-stops-accepting, 3.4-second-signal, 3.4-stuck, 3.4-idle-client
says: at the signal, readiness begins to drain
"""
import logging
import signal

import trio
from servicelab.server import Server


async def serve(app, pool, *, readiness, host="127.0.0.1", port=8080, grace=5.0, drain_delay=0.0):
    async with pool:
        await Server(app).serve(host, port)
    return 0
