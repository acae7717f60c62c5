"""What the labs gave: the parts that are there, and what follows from those that are not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from servicelab.assemble import Missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import ModuleType

WITHOUT = {
    "healthz": "GET /healthz",
    "Probe": "a probe of its store",
    "Readiness": "GET /readyz",
    "Budget": "a time-out around every request",
    "deadline": "deadlines with a name",
    "status_of": "a status that tells one error from another",
    "process": "POST /process",
    "until_disconnect": "noticing at once that a client has gone",
    "detach": "work that outlives its request",
    "in_thread": "a time-out for its store's thread",
    "WorkerPool": "workers of its own",
    "serve": "a graceful stop: a signal ends it at once",
    "Watchdog": "a watchdog over its workers",
    "Tickets": "a bound on the requests at work",
    "Dispatcher": "a bounded queue",
    "Bulkheads": "compartments for its dependencies",
    "TokenBucket": "a rate limit for each client",
    "decode": "a reason for each event that it refuses",
    "Exchange": "queues by topic: events go to its workers",
    "BatchSink": "batches: events are written one by one",
    "Connection": "a connection that comes back by itself",
    "debug_app": "a debug port",
    "serve_debug": "a debug port",
    "StallDetector": "reports of steps that hold the loop",
}
"""Consequence, by the name that an unsolved exercise would have defined."""


class Parts:
    """The assembled modules, asked for by name.

    Args:
        modules: by the name of the module.
    """

    def __init__(self, modules: Mapping[str, ModuleType | SimpleNamespace]) -> None:
        self._modules = modules

    def get(self, module: str, name: str) -> Any:
        """A part, or None where it is not solved."""
        return getattr(self._modules.get(module), name, None)

    def every(self, name: str) -> tuple[Any, ...]:
        """All parts of one name: labs define some exceptions again."""
        found = (getattr(module, name, None) for module in self._modules.values())
        return tuple(one for one in found if one is not None)


def told(missing: Sequence[Missing]) -> Iterator[str]:
    """A sentence for each exercise that is left out, with its consequence where there is one."""
    for one in missing:
        consequences = list(dict.fromkeys(WITHOUT[name] for name in one.names if name in WITHOUT))
        yield f"{one}: the service runs without {' and '.join(consequences)}" if consequences else str(one)
