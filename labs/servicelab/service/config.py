"""What the environment says: read once, checked, and frozen."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WORDS = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
    "": False,
}


class ConfigError(Exception):
    """Raised when variables of the environment cannot be used; the message has a line for each."""


def _flag(text: str) -> bool:
    if text.lower() not in _WORDS:
        raise ValueError("expected true or false")
    return _WORDS[text.lower()]


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise ValueError("expected a port, 0 to 65535 (0 picks a free one)")
    return int(text)


def _debug_port(text: str) -> int | None:
    return None if text.lower() in ("", "off") else _port(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ValueError("expected a whole number from 1 on")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ValueError("expected seconds, a number from 0 on")
    return seconds


def _above_zero(text: str) -> float:
    number = _seconds(text)
    if not number:
        raise ValueError("expected a number above 0")
    return number


def _loopback(text: str) -> str:
    try:
        local = text == "localhost" or ipaddress.ip_address(text).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ValueError("expected an address of this machine alone, such as 127.0.0.1: profiles tell secrets")
    return text


def _word(text: str) -> str:
    if not text or text != text.strip():
        raise ValueError("expected a word without spaces around it")
    return text


def _variable(default: Any, read: Callable[[str], Any], doc: str) -> Any:
    return field(default=default, metadata={"read": read, "doc": doc})


@dataclass(frozen=True)
class Config:
    """The service's configuration; each field is the environment variable of its name in capitals."""

    bind: str = _variable("127.0.0.1", _word, "address to listen on; 0.0.0.0 for everybody")
    port: int = _variable(8080, _port, "port to listen on")
    debug_host: str = _variable("127.0.0.1", _loopback, "address of the debug port; this machine alone")
    debug_port: int | None = _variable(9000, _debug_port, "port for profiles, or off")
    processes: int = _variable(1, _count, "processes that share the port, without a debug port if there are several")
    token: str = _variable("test", _word, "the bearer token that clients send")
    slow_auth: bool = _variable(False, _flag, "authentication takes 3 s")
    db_failure: bool = _variable(False, _flag, "the store fails")
    timeout: float = _variable(2.0, _above_zero, "seconds for a request")
    budget: float = _variable(0.5, _above_zero, "seconds after which a request is logged as slow")
    auth_cap: float = _variable(1.0, _above_zero, "seconds for authentication")
    store_cap: float = _variable(1.5, _above_zero, "seconds for the store")
    grace: float = _variable(5.0, _seconds, "seconds for what is under way when the service stops")
    drain_delay: float = _variable(0.0, _seconds, "seconds between not ready and no new connections")
    tickets: int = _variable(64, _count, "requests at work at once")
    patience: float = _variable(0.1, _seconds, "seconds that a request waits for a ticket, an event for room")
    queue: int = _variable(1000, _count, "events that may wait")
    capacity: int = _variable(20_000, _count, "events that may be accepted and not stored yet, all posts together")
    consumers: int = _variable(2, _count, "consumers that take events from the queue to the sink")
    batch: int = _variable(5000, _count, "events that are written at once")
    interval: float = _variable(0.2, _above_zero, "seconds after which an event is written at the latest")
    confirm: bool = _variable(False, _flag, "an event is answered when it is stored, and so survives a killed process")
    workers: int = _variable(8, _count, "workers that store events")
    rate: float = _variable(1000.0, _above_zero, "requests a second for each client")
    burst: int = _variable(2000, _count, "requests at once for each client")
    database: str = _variable("", str, "SQLite file; empty: in memory")
    store_latency: float = _variable(0.0, _seconds, "seconds that each write takes besides")
    store_connections: int = _variable(8, _count, "writes at once")
    stall: float = _variable(0.25, _above_zero, "seconds that a step may hold the loop before it is reported")
    stuck: float = _variable(10.0, _above_zero, "seconds after which a job counts as stuck")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Config:
        """Read the variables.

        Raises:
            ConfigError: naming each variable that is wrong, its value and what is expected.
        """
        values, problems = {}, []
        for each in fields(cls):
            name = each.name.upper()
            if name not in environ:
                continue
            try:
                values[each.name] = each.metadata["read"](environ[name])
            except ValueError as error:
                problems.append(f"{name}: {error}, not {environ[name]!r}")
        if problems:
            raise ConfigError("\n".join(problems))
        return cls(**values)

    @classmethod
    def help(cls) -> str:
        """A line for each variable: name, default, meaning."""
        lines = []
        for each in fields(cls):
            default = str(each.default).lower() if isinstance(each.default, bool) else str(each.default)
            lines.append(f"  {each.name.upper():18} {each.metadata['doc']} ({default or 'empty'})")
        return "\n".join(lines)
