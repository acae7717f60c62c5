"""A port of this machine, served from a task until it is cancelled."""

from __future__ import annotations

import functools
import socket

import httpx
import pytest
import trio
from starlette.responses import PlainTextResponse

from servicelab.listening import listen


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_it_answers_until_it_is_cancelled(host):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port = probe.getsockname()[1]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    async def main():
        async with trio.open_nursery() as nursery:
            await nursery.start(functools.partial(listen, PlainTextResponse("here"), host=host, port=port))
            answer = await trio.to_thread.run_sync(functools.partial(httpx.get, url, trust_env=False))
            nursery.cancel_scope.cancel()
        return answer.text

    assert trio.run(main) == "here"
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)
