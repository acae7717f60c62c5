"""Which value went through a memory channel, from whom and to whom; for a timeline that is asked to show it.

Theory of operation
===================
1. While a recorder watches, the four methods of memory channels note a value when it is sent and when it is received.
   They do what they always do; only their run is looked at, not another one in another thread.
2. A receipt belongs to the oldest thing sent through the same channel that *is* the same object and is still on its
   way. What a cancelled `send` took back was never sent.
3. What nobody has received at the end has no receiver: it is lost.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import trio

from . import _trio
from .places import argument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tracks import Moment

MAX_HANDOVERS = 200
"""More are not noted: nobody could tell them apart."""
METHODS: dict[tuple[type, str], Callable[..., Any]] = {
    (trio.MemorySendChannel, "send_nowait"): trio.MemorySendChannel.send_nowait,
    (trio.MemorySendChannel, "send"): trio.MemorySendChannel.send,
    (trio.MemoryReceiveChannel, "receive_nowait"): trio.MemoryReceiveChannel.receive_nowait,
    (trio.MemoryReceiveChannel, "receive"): trio.MemoryReceiveChannel.receive,
}


@dataclass(eq=False)  # comparing values would run the student's code
class Sent:
    """A value, when and by whom it was sent, and when and by whom received."""

    channel: object
    value: object
    at: Moment
    received: Moment | None = None

    @property
    def words(self) -> str:
        """What it was, made without running any code of the student."""
        return argument(self.value) or type(self.value).__name__


class Handovers:
    """What went through the memory channels of one run.

    Args:
        moment: the moment that it is now, with the running task; None if nobody records here.
    """

    def __init__(self, moment: Callable[[], Moment | None]) -> None:
        self.sent: list[Sent] = []
        self._moment = moment
        self._within: set[trio.lowlevel.Task] = set()

    def watch(self) -> None:
        """Look at what is sent and received from now on."""
        wraps = self._send_nowait, self._send, self._receive_nowait, self._receive
        for (end, name), wrap in zip(METHODS, wraps, strict=True):
            method = METHODS[end, name]
            setattr(end, name, functools.wraps(method)(wrap(method)))

    def stop(self) -> None:
        """Look no more."""
        for (end, name), method in METHODS.items():
            setattr(end, name, method)

    # --- the four methods ---
    def _send_nowait(self, method: Callable[..., None]) -> Callable[..., None]:
        def send_nowait(end: object, value: object) -> None:
            method(end, value)
            if not self._is_within():
                self._note(end, value)

        return send_nowait

    def _send(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def send(end: object, value: object) -> None:
            note = self._note(end, value)
            try:
                with self._inside():
                    await method(end, value)
            except BaseException:
                if note is not None and note.received is None:
                    self.sent.remove(note)
                raise

        return send

    def _receive_nowait(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def receive_nowait(end: object) -> object:
            value = method(end)
            if not self._is_within():
                self._received(end, value)
            return value

        return receive_nowait

    def _receive(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def receive(end: object) -> object:
            with self._inside():
                value = await method(end)
            self._received(end, value)
            return value

        return receive

    # --- notes ---
    def _note(self, end: object, value: object) -> Sent | None:
        moment = self._moment()
        if moment is None or len(self.sent) >= MAX_HANDOVERS:
            return None
        note = Sent(_trio.channel_of(end), value, moment)
        self.sent.append(note)
        return note

    def _received(self, end: object, value: object) -> None:
        moment, channel = self._moment(), _trio.channel_of(end)
        for note in self.sent if moment is not None else ():
            if note.channel is channel and note.value is value and note.received is None:
                note.received = moment
                return

    @contextmanager
    def _inside(self) -> Iterator[None]:
        """`send` and `receive` call the other two methods: these need not note it once more."""
        task = trio.lowlevel.current_task()
        self._within.add(task)
        try:
            yield
        finally:
            self._within.discard(task)

    def _is_within(self) -> bool:
        try:
            return trio.lowlevel.current_task() in self._within
        except RuntimeError:  # not in a trio run
            return False
