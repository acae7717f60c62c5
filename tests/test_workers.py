"""`servicelab.workers`: real processes on one port, real signals."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = """
import os, trio
from servicelab.server import Limits
from servicelab.workers import serve_in_workers, shared

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        if {fails!r}:
            raise SystemExit(3)
        await receive()
        await send({{"type": "lifespan.startup.complete"}})
        await receive()
        print("down", flush=True)
        return
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b"%d" % os.getpid(), "more_body": True}})
    if scope["path"] == "/slow":
        await trio.sleep({slow_s})
    await send({{"type": "http.response.body", "body": b" done"}})

sock = shared("127.0.0.1", 0)
print(sock.getsockname()[1], flush=True)
raise SystemExit(serve_in_workers(lambda: app, sock, count=2, limits=Limits(), grace=5.0))
"""


class Service:
    """The supervisor's process."""

    def __init__(self, *, slow_s: float = 0.3, fails: bool = False) -> None:
        program = SERVICE.format(slow_s=slow_s, fails=fails)
        self.process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def pid(self) -> int | None:
        """The worker that a new connection meets; None if there is none yet."""
        connection = self.connection()
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/")
            return int(connection.getresponse().read().split()[0])
        return None

    def workers(self, count: int, *, without: frozenset[int] = frozenset()) -> set[int]:
        """Ask until so many different workers have answered."""
        seen: set[int] = set()
        end = time.monotonic() + 20
        while len(seen) < count:
            assert time.monotonic() < end, f"only {seen} have answered"
            if (pid := self.pid()) is not None and pid not in without:
                seen.add(pid)
        return seen


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    with made.process:
        yield made
        made.process.kill()


def test_workers_share_a_port_and_one_that_dies_is_started_anew(service: Service) -> None:
    first = service.workers(2)
    victim = min(first)
    os.kill(victim, signal.SIGKILL)
    assert service.workers(2, without=frozenset([victim])) > first - {victim}
    service.process.terminate()
    out, err = service.process.communicate(timeout=20)
    assert (service.process.returncode, out.count(b"down")) == (0, 2)
    assert b"ended with -9: started anew" in err


def test_a_signal_drains_every_worker_and_what_is_under_way_is_finished(service: Service) -> None:
    service.workers(2)
    connection = service.connection()
    with contextlib.closing(connection):
        connection.request("GET", "/slow")
        response = connection.getresponse()
        begin = response.read1()
        service.process.terminate()
        assert begin + response.read() == begin + b" done"
    assert service.process.wait(20) == 0
    assert service.pid() is None


def test_a_second_signal_ends_it_at_once() -> None:
    service = Service(slow_s=1000)
    with service.process, contextlib.closing(service.connection()) as connection:
        service.workers(2)
        connection.request("GET", "/slow")
        connection.getresponse().read1()
        service.process.terminate()
        while service.pid() is not None:
            pass
        service.process.terminate()
        assert service.process.wait(4) == 0


def test_workers_that_cannot_start_are_not_tried_for_ever() -> None:
    service = Service(fails=True)
    assert service.process.wait(20) != 0
    service.process.communicate()


def test_workers_end_with_their_supervisor(service: Service) -> None:
    workers = service.workers(2)
    service.process.kill()
    end = time.monotonic() + 10
    while any(_lives(pid) for pid in workers):
        assert time.monotonic() < end
        time.sleep(0.01)


def _lives(pid: int) -> bool:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"
    return False
