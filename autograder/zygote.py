"""A warm process that forks once for every submission.

Theory of operation
===================
1. Importing IPython, trio and the rest takes most of a second; forking a process that has done so takes milliseconds.
   The zygote imports, makes the shell, freezes the garbage collector's heap, and waits. It has one thread and no loop.
2. A request comes as one message on a socket: limits, and file descriptors for requests, replies, status, the lifeline
   and the jail. The zygote forks a supervisor and closes what it was sent; it never touches a submission.
3. The supervisor joins the jail and forks the worker, which therefore lives inside, drops every privilege and serves
   cells until its requests end. The supervisor stays outside with no student code in it. It kills the worker when the
   lifeline ends (the host closed it or died), and writes how the worker ended.
4. Everybody dies with the parent: zygote with the host, supervisor with the zygote, worker with the supervisor. Only a
   supervisor with nothing but Landlock around its worker stays until it has ended what the worker left.

The zygote knows nothing worth stealing: it is started with a minimal environment, and sees neither expected answers nor
other submissions.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import random
import resource
import select
import signal
import socket
import sys
import tempfile
import threading
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

from . import confinement, landlock, observers, runner
from .room import Room

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .runner import Session

READY = b"ready"
MAX_MESSAGE = 1 << 16
LOOK_EVERY_S = 0.1
HEAVY = (
    "IPython.core.interactiveshell",
    "IPython.core.completer",
    "asyncio",
    "concurrent.futures.thread",
    "httpx",
    "ipywidgets",
    "anywidget",
    "sqlite3",
    "starlette.applications",
    "trio",
)
_FDS = ("requests", "replies", "status", "life", "jail")
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "NBGRADER_EXECUTION": "autograde",
}


def main(control: int) -> None:
    """Warm up, say so, and fork for every request until the socket closes.

    Args:
        control: file descriptor of a sequenced-packet socket.
    """
    confinement.die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps supervisors
    session = warm_up()
    with socket.socket(fileno=control) as channel:
        channel.send(READY)
        while True:
            message, fds, _flags, _address = socket.recv_fds(channel, MAX_MESSAGE, len(_FDS))
            if not message:
                return
            if os.fork() == 0:
                channel.close()
                _supervise(session, json.loads(message), dict(zip(_FDS, fds, strict=False)))
            for fd in fds:
                os.close(fd)


def warm_up() -> Session:
    """Import what submissions use and make the shell; leave nothing for the children to copy."""
    for name in HEAVY:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    _import_servicelab()
    session = runner.prepare()
    if threading.active_count() != 1:
        raise RuntimeError(f"a zygote must have one thread, not {threading.enumerate()}")
    gc.collect()
    gc.disable()
    gc.freeze()
    return session


def _import_servicelab() -> None:
    package = importlib.import_module("servicelab")
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("__"):
            with contextlib.suppress(ImportError):
                importlib.import_module(f"servicelab.{module.name}")


def _supervise(session: Session, request: Mapping[str, Any], fds: dict[str, int]) -> NoReturn:
    """Start one worker, wait for its end, write how it ended; never return."""
    report: dict[str, Any] = {"error": "the supervisor failed"}
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        confinement.be_first_to_go()
        confinement.adopt_orphans()
        if "jail" in fds:
            confinement.join(fds["jail"], request["limits"])
            os.close(fds.pop("jail"))
        separation = _separate(request)
        if separation is None or separation.holder is not None:
            confinement.die_with_parent()  # after joining, which clears it; else the lifeline tells, and we clean up
        worker = os.fork()
        if worker == 0:
            _work(session, request, separation, fds["requests"], fds["replies"])
        os.close(fds["requests"])
        os.close(fds["replies"])
        report = _watch(worker, fds["life"], _room(request, separation))
        _end_what_is_left(separation)
    except BaseException as error:
        report = {"error": f"{type(error).__name__}: {error}"[:500]}
    finally:
        with contextlib.suppress(OSError):
            os.write(fds["status"], json.dumps(report).encode())
        os._exit(0)


def _separate(request: Mapping[str, Any]) -> landlock.Separation | None:
    if request.get("landlock") is None:
        return None
    return landlock.separate(request["landlock"], request["limits"], request["work"])


def _room(request: Mapping[str, Any], separation: landlock.Separation | None) -> Room | None:
    """What to watch where nothing bounds the size of the work folder."""
    if separation is None or separation.private:
        return None
    return Room(request["work"], request["limits"]["work_mb"] << 20, request["limits"]["inodes"])


def _watch(worker: int, life: int, room: Room | None) -> dict[str, Any]:
    """Wait until the worker ends, the lifeline does or the room; the worker has ended after that."""
    pidfd = os.pidfd_open(worker)
    detail = {}
    while not (ready := select.select([pidfd, life], [], [], LOOK_EVERY_S if room else None)[0]):
        if room is not None and room.is_used_up():
            detail = {"error": f"more than {room.bytes >> 20} MB or {room.files:,} files in the work folder"}
            break
    if pidfd not in ready:
        os.kill(worker, signal.SIGKILL)
    _, status, usage = os.wait4(worker, 0)
    return {
        "exit": os.waitstatus_to_exitcode(status),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 4),
        "memory_mb": usage.ru_maxrss >> 10,
        **detail,
    }


def _end_what_is_left(separation: landlock.Separation | None) -> None:
    """Kill what the worker left behind, and what that leaves behind; a jail ends as a whole."""
    if separation is not None:
        landlock.end_all(separation)
        return
    while children := confinement.children():
        confinement.kill(children)


def _work(
    session: Session,
    request: Mapping[str, Any],
    separation: landlock.Separation | None,
    requests: int,
    replies: int,
) -> NoReturn:
    """Become the process that runs student code; never return."""
    code = 70
    try:
        requests, replies = _keep_only(requests, replies)
        _forget_the_host(request)
        if separation is not None:
            landlock.enter(request["landlock"], request["limits"], separation, request["work"])
        else:
            user = confinement.INNER_ID if request["jailed"] else None
            confinement.confine(request["limits"], user=user, alone=request["jailed"])
        gc.enable()
        runner.serve(session, requests, replies)
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        with contextlib.suppress(OSError):
            os.write(replies, json.dumps({"crash": traceback.format_exc()[-2000:]}).encode() + b"\n")
    finally:
        os._exit(code)


def _keep_only(*kept: int) -> list[int]:
    """Move the given descriptors out of the way of student code, close all others, point 0, 1 and 2 at nothing."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    moved = [os.dup2(fd, observers.FIRST_FD + number, inheritable=False) for number, fd in enumerate(kept)]
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(nothing, fd)
    os.closerange(3, observers.FIRST_FD)
    os.closerange(observers.FIRST_FD + len(kept), min(limit, 1 << 16))
    return moved


def _forget_the_host(request: Mapping[str, Any]) -> None:
    """Leave no trace of where the grader lives, and make what is random the same in every run."""
    work = request["work"]
    os.setsid()
    os.chdir(work)
    os.umask(0o022)
    os.environ.clear()
    os.environ.update(_ENVIRONMENT, HOME=work, TMPDIR=work, MPLCONFIGDIR=work, SERVICELAB_HOME=work)
    # the work folder comes last: a submitted trio.py must not stand in for the library
    sys.path[:] = [*_as_strings(request["paths"]), ""]
    sys.argv[:] = [""]
    sys.orig_argv[:] = [""]
    sys.meta_path[:] = [
        finder for finder in sys.meta_path if "editable" not in getattr(finder, "__module__", "").lower()
    ]
    for name in [name for name in sys.modules if name.startswith(("__editable__", "_editable"))]:
        del sys.modules[name]
    importlib.invalidate_caches()
    tempfile.tempdir = None  # chosen while the shell was made, in a folder that is not to be written here
    random.seed(0)


def _as_strings(paths: Sequence[str]) -> list[str]:
    return [str(path) for path in paths]
