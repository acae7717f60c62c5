"""The host's handle on jails: run one submission's cells somewhere safe, and believe nothing that comes out.

Theory of operation
===================
1. A `Sandbox` probes the level of isolation once, and starts one zygote. Each `run` builds a jail of its own, has the
   zygote fork a worker into it, and talks with the worker: one request, one reply, in turn.
2. A graded cell reaches the jail only after the cells before it have been answered. An answer that nobody asked for
   ends the run ("protocol").
3. Reading stops at the worker's end or at a deadline, never at the end of the file: a process left behind may hold the
   pipe open. Bytes are counted before lines are cut, lines are cut before they are decoded.
4. However a run ends, its jail is killed, with everything in it, before `run` returns. No jail is used twice.
5. A zygote belongs to a thread that lives as long as it does (the kernel's "die with the parent" means the thread).
   One that has died is started again, and the run that lost it is repeated once.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import os
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from . import landlock, levels, view
from .confinement import WORK, Limits
from .conversation import FILES_INDEX, Ended, Worker
from .errors import UsageError
from .jail import IsolationUnavailable, Jail, JailError, Level
from .keeper import Zygote, ZygoteDied
from .levels import Isolation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Further = Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any] | None]

WALL_S = 60.0
MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class Result:
    """How one run ended.

    Attributes:
        replies: one for each request that was answered, in order.
        verdict: "ok" (all answered), "died" (the worker ended), "timeout", "output flood", or "protocol" (an answer
            that was none, or that nobody had asked for).
        wall_s: real seconds, the jail included.
        cpu_s: processor seconds of the worker and of the checks.
        exit: the worker's exit code, negative for a signal; None if it is not known.
        detail: more about the verdict, for a person.
        memory_mb: the worker's largest resident size.
    """

    replies: list[dict[str, Any]]
    verdict: str
    wall_s: float
    cpu_s: float = 0.0
    exit: int | None = None
    detail: str = ""
    memory_mb: int = 0


@functools.cache
def _probed(level: Level | None = None) -> Isolation:
    """The isolation of this machine: the best, or the level that is asked for."""
    with view.scratch_folder() as scratch:
        shown = view.View.of_this_environment(scratch)
        if level is None:
            return levels.strongest(shown)
        try:
            return levels.exactly(level, shown)
        except IsolationUnavailable as error:
            raise IsolationUnavailable(f"the level {level} was asked for and is not to be had: {error}") from error


class Sandbox:
    """Runs submissions, each in a jail of its own; several threads may call `run` at once.

    Args:
        level: exactly this level of isolation; the strongest that this machine has by default.
        unsafe: whether to go on with limits only where there is no isolation.
        limits: what one submission may use.

    Raises:
        IsolationUnavailable: if there is no isolation and `unsafe` was not asked for.
    """

    def __init__(self, *, level: Level | str | None = None, unsafe: bool = False, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._isolation = _isolation(level, unsafe=unsafe)
        self.level = self._isolation.level
        self._scratch = view.scratch_folder()
        self._view = view.View.of_this_environment(self._scratch.name)
        self._paths = view.import_paths()
        self._lock = threading.Lock()
        self._closed = False
        self._zygote: Zygote | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the zygote and everything that it started."""
        with self._lock:
            self._closed = True
            if self._zygote is not None:
                self._zygote.close()
                self._zygote = None
        self._scratch.cleanup()

    def run(
        self,
        requests: Sequence[Mapping[str, Any]],
        *,
        files: Mapping[str, bytes] | None = None,
        wall_s: float = WALL_S,
        max_bytes: int = MAX_BYTES,
        further: Further | None = None,
    ) -> Result:
        """Run requests in a fresh jail, one after the other.

        Args:
            requests: `{"op": "cell", "index", "source", "limit_s"}` or
                `{"op": "check", "index", "id", "source", "schedules", "seed", "limit_s"}`; see `runner`.
            files: what lies in the work folder, by relative name.
            wall_s: real seconds for all of it.
            max_bytes: how much may come back.
            further: what to ask in view of a request and its reply, before the next request; None for nothing.

        Returns:
            How it ended, with every reply until then.

        Raises:
            JailError: if no jail can be built: never the student's fault.
        """
        for _attempt in range(2):
            started = time.monotonic()
            zygote = self._warm_zygote()
            try:
                return self._run(zygote, requests, files or {}, started + wall_s, max_bytes, further)
            except ZygoteDied:
                continue
        raise JailError("the zygote died twice while it started one submission")

    def _warm_zygote(self) -> Zygote:
        with self._lock:
            if self._closed:
                raise JailError("the sandbox is closed")
            if self._zygote is None or not self._zygote.alive:
                if self._zygote is not None:
                    self._zygote.close()
                self._zygote = Zygote(self._paths)
            return self._zygote

    def _run(
        self,
        zygote: Zygote,
        requests: Sequence[Mapping[str, Any]],
        files: Mapping[str, bytes],
        deadline: float,
        max_bytes: int,
        further: Further | None,
    ) -> Result:
        started = time.monotonic()
        replies: list[dict[str, Any]] = []
        verdict, detail = "ok", ""
        with contextlib.ExitStack() as stack:
            jail = stack.enter_context(Jail(self._view)) if self.level is Level.BUBBLEWRAP else None
            work = WORK if jail else stack.enter_context(_work_folder())
            worker = stack.enter_context(Worker(zygote, self._order(work, jail), jail))
            try:
                asked = _with_further(_with_files(requests, files), replies, further)
                worker.talk(asked, replies, deadline, max_bytes)
            except Ended as ended:
                verdict, detail = ended.verdict, ended.detail
            status = worker.end(patient=verdict in ("ok", "died"))
        if "exit" not in status and verdict != "timeout" and not zygote.alive:
            raise ZygoteDied
        return Result(
            replies=replies,
            verdict=verdict,
            wall_s=time.monotonic() - started,
            cpu_s=status.get("cpu_s", 0.0),
            exit=status.get("exit"),
            detail=detail or status.get("error", ""),
            memory_mb=status.get("memory_mb", 0),
        )

    def _order(self, work: str, jail: Jail | None) -> dict[str, Any]:
        plan = self._isolation.plan
        return {
            "limits": self.limits.as_dict(),
            "work": work,
            "jailed": jail is not None,
            "landlock": landlock.order(plan, self._view) if plan else None,
            "paths": self._paths,
        }


def _isolation(level: Level | str | None, *, unsafe: bool) -> Isolation:
    """What to use."""
    if level is not None:
        level = Level(level)
        if level is not Level.NONE:
            return _probed(level)
        if not unsafe:
            raise UsageError("level 'none' runs student code without isolation: it needs unsafe=True (--unsafe)")
        return Isolation(Level.NONE)
    try:
        return _probed()
    except IsolationUnavailable:
        if not unsafe:
            raise
        return Isolation(Level.NONE)


@contextlib.contextmanager
def _work_folder() -> Iterator[str]:
    """A work folder where there is no jail to hold one."""
    folder = tempfile.mkdtemp(prefix="servicelab-work-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, onerror=_open_and_remove)
        shutil.rmtree(folder, ignore_errors=True)


def _open_and_remove(function: Callable[..., Any], path: str, _error: object) -> None:
    """Remove what was made unreadable; its owner may make it readable again."""
    with contextlib.suppress(OSError):
        os.chmod(os.path.dirname(path), 0o700)
        if not os.path.islink(path):
            os.chmod(path, 0o700)
        shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)


def _with_files(requests: Sequence[Mapping[str, Any]], files: Mapping[str, bytes]) -> Iterator[Mapping[str, Any]]:
    if files:
        encoded = {name: base64.b64encode(data).decode() for name, data in files.items()}
        yield {"op": "files", "index": FILES_INDEX, "files": encoded, "limit_s": 10.0}
    yield from requests


def _with_further(
    requests: Iterator[Mapping[str, Any]], replies: Sequence[Mapping[str, Any]], further: Further | None
) -> Iterator[Mapping[str, Any]]:
    """The requests, and after each one what its reply gives reason to ask; `replies` grows meanwhile."""
    for request in requests:
        yield request
        asked: Mapping[str, Any] | None = request
        while further is not None and asked is not None and asked["index"] != FILES_INDEX:
            asked = further(asked, replies[-1])
            if asked is not None:
                yield asked


def level_message(level: Level) -> str:
    """For the terminal: which level is in force, what it does not stop, and how to reach the next."""
    if level is Level.NONE:
        return levels.message(Isolation(level))
    best = _best()
    return levels.message(best if best is not None and best.level is level else _probed(level))


def _best() -> Isolation | None:
    try:
        return _probed()
    except IsolationUnavailable:
        return None
