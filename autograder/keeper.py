"""The host's handle on the zygote: start it, keep it, have it fork, end it.

A zygote belongs to a thread that lives as long as it does: "die with the parent" means the thread that started it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from typing import IO, TYPE_CHECKING, Any

from .jail import JailError
from .zygote import READY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WARM_UP_LIMIT_S = 60.0
END_LIMIT_S = 5.0
_BOOT = (
    "import sys; sys.path[:0] = sys.stdin.readline().rstrip().split(chr(0)); "
    "from autograder.zygote import main; main(int(sys.argv[1]))"
)
_ZYGOTE_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # the order of sets must not change from run to run
    "PYTHONSAFEPATH": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class ZygoteDied(Exception):  # noqa: N818
    """Raised when the zygote ended while it started a worker."""


class Zygote:
    """The host's handle on the warm process.

    Args:
        paths: where its Python finds the packages.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        started: list[subprocess.Popen[bytes] | BaseException] = []
        running = threading.Event()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # kept as long as the zygote
        keeper = threading.Thread(
            target=_keep, args=(theirs, paths, self._said, started, running), daemon=True, name="zygote"
        )
        keeper.start()
        running.wait()
        theirs.close()
        if isinstance(started[0], BaseException):
            self._ours.close()
            self._said.close()
            raise JailError(f"the zygote did not start: {started[0]}")
        self._process = started[0]
        self._wait_until_warm()

    def _wait_until_warm(self) -> None:
        self._ours.settimeout(WARM_UP_LIMIT_S)
        try:
            warm = self._ours.recv(len(READY)) == READY
        except OSError:
            warm = False
        self._ours.settimeout(None)
        if not warm:
            words = self._last_words()
            self.close()
            raise JailError(f"the zygote did not start:\n{words}")

    def _last_words(self) -> str:
        size = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, size - 2000))
        return self._said.read().decode(errors="replace").strip()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def fork(self, order: Mapping[str, Any], fds: Sequence[int]) -> None:
        """Have it start one worker.

        Raises:
            ZygoteDied: if it is no more.
        """
        try:
            with self._lock:
                socket.send_fds(self._ours, [json.dumps(order).encode()], list(fds))
        except OSError:
            raise ZygoteDied from None

    def close(self) -> None:
        """End it: it ends itself when its socket closes."""
        self._ours.close()
        try:
            self._process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()


def _keep(
    theirs: socket.socket,
    paths: Sequence[str],
    said: IO[bytes],
    started: list[subprocess.Popen[bytes] | BaseException],
    running: threading.Event,
) -> None:
    """Start a zygote and stay until it ends: it dies with the thread that started it."""
    try:
        process = subprocess.Popen(
            [sys.executable, "-B", "-c", _BOOT, str(theirs.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            pass_fds=[theirs.fileno()],
            env=_ZYGOTE_ENVIRONMENT,
            cwd="/",
            start_new_session=True,  # Ctrl-C on the terminal is for us
        )
        assert process.stdin is not None
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        with process.stdin as pipe:  # not as arguments: the jail can read the command line
            pipe.write("\0".join([here, *paths]).encode() + b"\n")
    except BaseException as error:
        started.append(error)
        running.set()
        return
    started.append(process)
    running.set()
    process.wait()
