"""What would end a process ends only `main` here, and is its exit code."""

from __future__ import annotations

import os
import signal
import socket
import sys

import pytest
import trio

from servicelab.process import free_port, run_process
from servicelab.schedules import run_once


async def returns(code: object) -> object:
    return code


async def raises_signal(number: signal.Signals) -> int:
    signal.raise_signal(number)
    await trio.sleep(5)
    return 0


async def exits(code: int) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever)
        sys.exit(code)


async def exits_hard(code: int) -> None:
    os._exit(code)
    await trio.sleep(5)


async def handles_then_leaves_it(number: signal.Signals) -> int:
    with trio.open_signal_receiver(number) as signals:
        signal.raise_signal(number)
        await anext(signals)
    signal.raise_signal(number)
    await trio.sleep(5)
    return 0


async def default_again(number: signal.Signals) -> int:
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    await trio.sleep(5)
    return 0


@pytest.mark.parametrize(
    ("main", "argument", "code"),
    [
        (returns, 0, 0),
        (returns, None, None),
        (raises_signal, signal.SIGTERM, 143),
        (raises_signal, signal.SIGINT, 130),
        (exits, 3, 3),
        (exits_hard, 4, 4),
        (handles_then_leaves_it, signal.SIGTERM, 143),
        (handles_then_leaves_it, signal.SIGINT, 130),
        (default_again, signal.SIGTERM, 143),
        (default_again, signal.SIGINT, 130),
    ],
)
def test_the_exit_code_is_that_of_a_process(main, argument, code):
    run = run_once(run_process, main, argument)
    assert (run.value, run.error, run.end_s) == (code, None, 0)


def test_other_errors_pass():
    async def breaks() -> None:
        raise ValueError("of its own")

    assert isinstance(run_once(run_process, breaks).error, ValueError)


@pytest.mark.parametrize("main", [returns, exits])
def test_everything_is_put_back(main):
    before = signal.signal, os._exit, signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    run_once(run_process, main, 1)
    assert before == (signal.signal, os._exit, signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT))


def test_a_free_port_can_be_listened_on():
    with socket.create_server(("127.0.0.1", free_port())):
        pass
