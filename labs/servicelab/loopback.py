"""Let bytes that are on their way between sockets of this machine arrive, before a virtual clock jumps over them.

Theory of operation
===================
1. What one socket has sent to another on the loopback lies in a queue of the kernel for a moment. Usually it has been
   delivered before `send` returns; under load the kernel may put that off.
2. The queue is served in order. So a byte that is sent now, and has arrived, says that all before it have arrived.
3. An arrival can set off another packet: a connection takes three. Hence several rounds, there and back.
4. The pair of sockets for this belongs to one process: a fork makes its own.
"""

from __future__ import annotations

import atexit
import os
import socket
import time

ROUNDS = 4
TIMEOUT_S = 1.0
SILENCE_S = 0.005  # where there is no loopback: as long as a byte may take

_real_sleep = time.sleep
_pairs: dict[int, tuple[socket.socket, socket.socket]] = {}


def settle() -> None:
    """Return when everything has arrived that sockets of this machine had sent to each other before the call."""
    try:
        near, far = _pair()
        for _ in range(ROUNDS):
            near.sendall(b".")
            far.recv(1)
            near, far = far, near
    except OSError:
        _close()
        _real_sleep(SILENCE_S)


def _pair() -> tuple[socket.socket, socket.socket]:
    """Two sockets that are connected over the loopback, the same ones as long as the process lives."""
    pid = os.getpid()
    if pid not in _pairs:
        _close()  # those of the parent, in a fork: only our copies
        with socket.create_server(("127.0.0.1", 0)) as listener:
            near = socket.create_connection(listener.getsockname(), timeout=TIMEOUT_S)
            far, _ = listener.accept()
        far.settimeout(TIMEOUT_S)
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _pairs[pid] = near, far
    return _pairs[pid]


def _close() -> None:
    for pair in _pairs.values():
        for end in pair:
            end.close()
    _pairs.clear()


atexit.register(_close)
