"""The assembled service as a process of its own, for tests and benchmarks."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0
STOP_S = 30.0
TOKEN = {"Authorization": "Bearer test"}


class Process:
    """`servicelab run`, from start to exit.

    Args:
        labs: the folder with the notebooks.
        arguments: further ones of the command.
        environ: variables that the service heeds.

    Attributes:
        log: what it has logged so far, line by line.
        other: what it has written that is no JSON.
    """

    def __init__(self, labs: Path | str = "solutions", *arguments: str, **environ: object) -> None:
        self.port = free_port()
        self.log: list[dict[str, Any]] = []
        self.other: list[str] = []
        self._changed = threading.Condition()
        settings = self.environ = {"PORT": self.port, "DEBUG_PORT": "off", **environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "servicelab", "run", "--from", str(labs), *arguments],
            env={**os.environ, **{name: str(value) for name, value in settings.items()}},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Process:
        self.wait_for("ready", timeout=START_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait(STOP_S)
        self._reader.join(STOP_S)

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                with self._changed:
                    try:
                        self.log.append(json.loads(line))
                    except ValueError:
                        self.other.append(line.rstrip("\n"))
                    self._changed.notify_all()

    def wait_for(self, message: str, *, timeout: float = STOP_S) -> dict[str, Any]:
        """Wait for a log record with this message; the first of them."""
        with self._changed:
            found = self._changed.wait_for(lambda: self.logged(message) or self.process.poll() is not None, timeout)
        assert found, f"no {message!r} within {timeout} s in {self.log} {self.other}"
        if not (records := self.logged(message)):
            self._reader.join(STOP_S)
            records = self.logged(message)
        assert records, f"it ended without {message!r}: {self.log} {self.other}"
        return records[0]

    def logged(self, message: str) -> list[dict[str, Any]]:
        """The log records with this message."""
        return [record for record in self.log if record["message"] == message]

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def exit_code(self) -> int:
        """Wait until it ends."""
        code = self.process.wait(STOP_S)
        self._reader.join(STOP_S)
        return code

    def stop(self) -> int:
        """Ask it to stop and wait until it has."""
        self.signal()
        return self.exit_code()

    def get(self, path: str) -> httpx.Response:
        """Ask for a path, on a connection of its own."""
        return httpx.get(self.url + path, timeout=STOP_S, trust_env=False)

    def post(self, path: str, event: object = None, **headers: str) -> httpx.Response:
        """Post an event, on a connection of its own."""
        body = {"id": "e-1", "type": "click", "user": "ann"} if event is None else event
        return httpx.post(self.url + path, json=body, headers=TOKEN | headers, timeout=STOP_S, trust_env=False)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until(condition: Callable[[], bool], *, timeout: float = STOP_S) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout} s"
        time.sleep(0.01)
