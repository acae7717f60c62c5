"""Run the main function of a service as a process would, inside of a check: real signals, an exit code, virtual time.

What would end a process ends `main` here, and is its exit code: a signal that nobody handles, `sys.exit`, `os._exit`.
So a service that leaves a second signal to the system is judged like one that answers it itself, and neither ends the
notebook. `signal.signal` and `os._exit` are replaced while `main` runs.
"""

from __future__ import annotations

import os
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

SIGNALS = (signal.SIGTERM, signal.SIGINT)

_real_signal = signal.signal


class _Process:
    """What would be the process: the scope around `main`, and the exit code."""

    def __init__(self) -> None:
        self.code: Any = None
        self.ended = False
        self.scope = trio.CancelScope()

    def exit(self, code: Any = 0) -> None:
        """Stand in for `os._exit`; the first code counts."""
        if not self.ended:
            self.code, self.ended = code, True
            self.scope.cancel()

    def killed(self, number: int, _frame: object = None) -> None:
        """Stand in for what the system does with a signal that nobody handles."""
        self.exit(128 + number)

    def handle(self, number: int, handler: Any) -> Any:
        """Stand in for `signal.signal`: back to the default means back to `killed`."""
        default = number in SIGNALS and handler in (signal.SIG_DFL, signal.default_int_handler)
        return _real_signal(number, self.killed if default else handler)


async def run_process(main: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    """Run the main function of a service in the main thread, and return the exit code that its process would have.

    Args:
        main: an async function that returns the exit code.
        *args: its arguments.

    Returns:
        What `main` returned; 128 and the number of a signal that nobody handled; what was given to `sys.exit`.
    """
    process = _Process()
    try:
        with _replaced(process), process.scope:
            process.exit(await main(*args))
    except* SystemExit as group:
        process.exit(_leaf(group).code)
    except* KeyboardInterrupt:
        process.killed(signal.SIGINT)
    return process.code


@contextmanager
def _replaced(process: _Process) -> Iterator[None]:
    """Put the stand-ins in place, and everything back at the end."""
    before = {number: _real_signal(number, process.killed) for number in SIGNALS}
    real_exit = os._exit
    signal.signal, os._exit = process.handle, process.exit  # type: ignore[assignment]  # os._exit never returns
    try:
        yield
    finally:
        signal.signal, os._exit = _real_signal, real_exit
        for number, handler in before.items():
            _real_signal(number, handler)


def _leaf(error: BaseException) -> Any:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def free_port(host: str = "127.0.0.1") -> int:
    """A port on which nobody listens at this moment.

    Args:
        host: an address of this machine.
    """
    with socket.socket() as listener:
        listener.bind((host, 0))
        return int(listener.getsockname()[1])
