"""Serve an application on a real port beside the kernel, from the cell that starts it until it is stopped.

Theory of operation
===================
1. The kernel's main thread runs asyncio and belongs to Jupyter. A service therefore gets a daemon thread of its
   own with a `trio.run` of its own, in real time. The two meet in three places only: the socket, a start-up report,
   and `trio.from_thread`, through which `stop` and `call` reach into the service.
2. Start-up is over when the socket listens and the application has finished its own start-up. `serve_live` waits
   for that, so the next cell can ask at once. If it fails, the error is raised in the cell, not lost in the thread.
3. A service is known by its name, "service" unless the caller says otherwise. Starting one stops the one that had
   the name before: a cell can be run again and again. What is left is stopped when the kernel exits.
4. An exception that leaves the application is told in one line, with the place in the student's own code. The client
   gets a 500, and the service goes on.
5. What is stored of an output holds no port number: it differs on every run, and stored outputs are compared. The
   address is in a widget, which lives as long as the kernel.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import logging
import os
import socket
import sysconfig
import threading
import traceback
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import httpx
import trio

from . import pending
from .client import Answer, answer_of
from .controls import Command, show_linked, switch
from .server import Server, StartupFailed, listening

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import ASGIApp, Scope

__all__ = ["Command", "Live", "ServiceError", "serve_live", "stop_all", "switch"]

START_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 5.0

_log = logging.getLogger("servicelab.live")
_log.setLevel(logging.ERROR)
_running: dict[str, Live] = {}


class ServiceError(Exception):
    """Raised when a live service cannot do what was asked; the message says what to do next."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the message, not the frames of this module."""
        return [f"{type(self).__name__}: {self}"]


class Live:
    """A service that runs on a real port, in a thread beside the kernel.

    Attributes:
        name: a second service of the same name replaces this one.
        host: the address that it listens on.
        port: the port that it listens on.
    """

    def __init__(self, app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0, name: str = "service") -> None:
        self.name = name
        self.host = host
        self._app = app
        self._socket = _listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._token: trio.lowlevel.TrioToken | None = None
        self._stopping: trio.Event | None = None
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"servicelab-{name}", daemon=True)

    @property
    def url(self) -> str:
        """Where it answers, for instance `http://127.0.0.1:43117`."""
        return f"http://{self.host}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether it still answers."""
        return self._started.is_set() and self._thread.is_alive()

    def check_running(self) -> None:
        """Do nothing if it runs.

        Raises:
            ServiceError: if it does not, with the reason if it has ended by itself.
        """
        if self.running:
            return
        if self._failure is None:
            raise ServiceError(f"the {self.name} is not running: run the cell with serve_live again")
        told = _told(self._failure)
        raise ServiceError(pending.in_words(told) or f"the {self.name} has ended: {told}; run its cell again")

    def get(self, path: str = "/", *, headers: Mapping[str, str] | None = None, timeout: float = 5.0) -> Answer:
        """Ask it over the network and wait for the answer.

        Args:
            path: for instance "/healthz".
            headers: for instance `{"authorization": "Bearer test"}`.
            timeout: seconds to wait.

        Raises:
            ServiceError: if it is not running, or has not answered in time.
        """
        return self._ask("GET", path, headers=headers, timeout=timeout)

    def post(
        self, path: str, content: object, *, headers: Mapping[str, str] | None = None, timeout: float = 5.0
    ) -> Answer:
        """Send it something over the network, as JSON, and wait for the answer; else as for `get`."""
        return self._ask("POST", path, json=content, headers=headers, timeout=timeout)

    def _ask(self, method: str, path: str, *, timeout: float, **rest: Any) -> Answer:
        self.check_running()
        try:
            return answer_of(httpx.request(method, self.url + path, timeout=timeout, trust_env=False, **rest))
        except httpx.TimeoutException:
            raise ServiceError(f"no answer to {path} within {timeout} s: what does the route wait for?") from None
        except httpx.TransportError:
            self._thread.join(STOP_TIMEOUT_S)  # it is about to end
            self.check_running()
            raise

    def call(self, fn: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """Run an async function inside the service's own trio and wait for its value.

        Raises:
            ServiceError: if the service is not running.
        """
        self.check_running()
        return trio.from_thread.run(fn, *args, trio_token=self._token)

    def stop(self) -> None:
        """Stop it: no new connections, those under way may finish. Calling it again does nothing.

        Raises:
            ServiceError: if it has not ended after some seconds.
        """
        if _running.get(self.name) is self:
            del _running[self.name]
        if self._token is not None and self._thread.is_alive():
            with contextlib.suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._stop_soon)
        if self._thread.ident is not None and threading.current_thread() is not self._thread:
            self._thread.join(2 * STOP_TIMEOUT_S)
        self._socket.close()
        if self._thread.is_alive():
            raise ServiceError(f"the {self.name} did not stop: a task of it blocks the loop; restart the kernel")

    def curl(self, path: str = "/", options: str = "") -> Command:
        """The line that asks it from a terminal.

        Args:
            path: for instance "/healthz".
            options: further options for curl, as they are typed: "-X POST".
        """
        begin = " ".join(filter(None, ["curl -i", options]))
        return Command(f"{begin} {self.url}{path}", f"{begin} http://{self.host}:PORT{path}")

    def _ipython_display_(self) -> None:
        link = f'{escape(repr(self))} at <a href="{self.url}" target="_blank">{self.url}</a>'
        show_linked(repr(self), link if self.running else escape(repr(self)))

    def __repr__(self) -> str:
        """Say whether it runs, but not where: that differs on every run."""
        return f"<{self.name}: {'running' if self.running else 'stopped'}>"

    # --- inside the thread ---
    def _run(self) -> None:
        try:
            trio.run(self._serve)
        except BaseException as error:  # whatever it is, the cell that waits for the start must hear of it
            self._failure = _first(error)
            if self._started.is_set():
                _log.error("the %s has ended: %s", self.name, _told(self._failure))
        finally:
            self._socket.close()
            self._started.set()

    async def _serve(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._stopping = trio.Event()
        server = Server(self._app, on_error=_log_failure)
        async with trio.open_nursery() as nursery:
            with trio.fail_after(START_TIMEOUT_S):
                await nursery.start(partial(server.serve, listener=self._socket), self.host, self.port)
            self._started.set()
            await self._stopping.wait()
            server.stop_accepting()
            with trio.move_on_after(STOP_TIMEOUT_S):
                await server.drained()
            server.cancel_requests()

    def _stop_soon(self) -> None:
        assert self._stopping is not None
        self._stopping.set()

    # --- beside the thread ---
    def _start(self) -> None:
        self._thread.start()
        if not self._started.wait(START_TIMEOUT_S + 1):
            raise ServiceError(
                f"not started after {START_TIMEOUT_S} s: what does the start-up of the {self.name} wait for?"
            )
        if self._failure is not None:
            self._thread.join(STOP_TIMEOUT_S)
            raise ServiceError(_why(self._failure)) from None


def serve_live(app: ASGIApp, host: str = "127.0.0.1", port: int = 0, *, name: str = "service") -> Live:
    """Start an application on a real port and return once it answers.

    Args:
        app: an ASGI application, Starlette's for instance.
        host: the address to listen on; the default can be reached from this machine only.
        port: the port to listen on; 0 picks a free one.
        name: a service of the same name that is still running is stopped first.

    Returns:
        The running service. It stops with `stop()`, when the cell is run again, and with the kernel.

    Raises:
        ServiceError: if the port is taken or the application fails to start.
    """
    if not callable(app):
        raise ServiceError(f"expected an application, as create_app returns it, not {app!r}")
    former = _running.pop(name, None)
    if former is not None:
        former.stop()
    live = Live(app, host=host, port=port, name=name)
    live._start()
    _running[name] = live
    return live


def stop_all() -> None:
    """Stop every live service of this kernel."""
    for live in list(_running.values()):
        live.stop()


atexit.register(stop_all)


def _listening(host: str, port: int) -> socket.socket:
    try:
        return listening(host, port)
    except OSError as error:
        raise ServiceError(_why_no_port(error, host, port)) from None


def _why_no_port(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use: stop the program that has it, or leave port out to get a free one"
    if error.errno == errno.EACCES:
        return f"port {port} needs special rights: take one above 1023, or leave port out to get a free one"
    return f"cannot listen on {host}: {error.strerror}; leave host out to use 127.0.0.1"


def _why_refused(message: str) -> str:
    lines = [line.strip(" |+-") for line in message.splitlines()]  # the bars are those of an exception group
    reason = next((line for line in reversed(lines) if line), "no reason given")
    if waiting := pending.in_words(reason):
        return waiting
    return f"the application failed in its start-up: {reason}; mend its lifespan and run the cell again"


def _why(error: BaseException) -> str:
    if isinstance(error, ServiceError):
        return str(error)
    if isinstance(error, StartupFailed):
        return _why_refused(str(error))
    if isinstance(error, trio.TooSlowError):
        return f"the start-up took longer than {START_TIMEOUT_S} s: what does the lifespan wait for?"
    return f"the application could not be served: {_told(error)}"


def _log_failure(scope: Scope, error: Exception) -> None:
    told = _told(error)
    _log.error("%s %s answered 500: %s", scope["method"], scope["path"], pending.in_words(told) or told)


def _told(error: BaseException) -> str:
    """An error in one line, with the innermost place that is not in a library."""
    error = _first(error)
    places = [
        f"`{frame.name}`, line {frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((sysconfig.get_path("purelib"), sysconfig.get_path("stdlib")))
        and not frame.filename.startswith(os.path.dirname(__file__))
    ]
    return f"{type(error).__name__}: {error}" + (f" (in {places[-1]})" if places else "")


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
