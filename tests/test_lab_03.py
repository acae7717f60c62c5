"""The reference solution of lab 03 as a real process, with real signals, on a real port."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from servicelab.process import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTEBOOK = Path(__file__).parents[1] / "solutions" / "03-worker-pool" / "03-worker-pool.ipynb"
CELLS = ("given-imports", "given-statistics", "e3-stub", "e4-stub")
WAIT_S = 20
PROGRAM = """
import sys

async def handler(job):
    await trio.sleep(0.2)
    print("done", job, flush=True)

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            print(step, flush=True)
            await send({"type": f"lifespan.{step}.complete"})
        return
    print("request", flush=True)
    await trio.sleep(float(scope["path"][1:]))
    await pool.submit(scope["path"])
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})

class Readiness:
    def start_draining(self):
        print("draining", flush=True)

pool = WorkerPool(handler, workers=2, buffer=5)
sys.exit(trio.run(partial(serve, app, pool, readiness=Readiness(), port=int(sys.argv[1]), grace=15.0)))
"""


class Service:
    """A process that serves; `line()` waits for the next line that it prints."""

    def __init__(self, folder: Path) -> None:
        cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, 4).cells}
        program = folder / "service.py"
        program.write_text("\n\n".join(cells[name] for name in CELLS) + PROGRAM)
        self.port = free_port()
        command = [sys.executable, str(program), str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    try:
        assert service.line() == "startup"
        yield service
    finally:
        service.process.kill()
        service.process.wait(WAIT_S)
        assert service.process.stdout is not None
        service.process.stdout.close()


@pytest.mark.timeout(3 * WAIT_S)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_requests_and_pool_and_exits_with_0(service, number):
    with ThreadPoolExecutor() as clients:
        answer = clients.submit(service.get, "/0.3")
        assert service.line() == "request"
        service.process.send_signal(number)
        assert answer.result(WAIT_S) == 202
    assert service.process.wait(WAIT_S) == 0
    printed = service.process.communicate()[0].split("\n")
    assert [line for line in printed if line and line != "shutdown"] == ["draining", "done /0.3"]
    assert "shutdown" in printed


@pytest.mark.timeout(3 * WAIT_S)
def test_a_second_signal_ends_it_at_once(service):
    with ThreadPoolExecutor() as clients:
        answer = clients.submit(service.get, "/600")
        assert service.line() == "request"
        service.process.send_signal(signal.SIGTERM)
        assert service.line() == "draining"
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(WAIT_S) not in (0, None)
        assert answer.exception(WAIT_S) is not None
