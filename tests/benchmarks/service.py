"""Our server beside its peers: the same Starlette application, in turn, server and load on a core each.

Beside them runs the whole service, as `servicelab run --from solutions` makes it: the figures of its `POST /events` are
those that count. What is under the servers is a stand-in, as small as it can be, so that servers are compared.

Every figure that is compared comes from rounds in which each server is loaded in turn: what else the machine does meets
all of them. With two cores, one is the server's and one the load's.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from servicelab.process import free_port

from .closed import Order, event_ids
from .peers import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = int(os.environ.get("SERVICELAB_BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("SERVICELAB_BENCH_SECONDS", "1.5"))
MEMORY_S = float(os.environ.get("SERVICELAB_BENCH_MEMORY_S", "60"))
CASES = {"healthz": 0, "1_event": 1, "10_events": 10, "100_events": 100}
OURS = "servicelab"
WHOLE = "service"
HERE = Path(__file__).parent
CORES = sorted(os.sched_getaffinity(0))
LOAD_CORES, SERVER_CORES = {CORES[-1]}, set(CORES[:1])
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


NO_RATE_LIMIT = {"RATE": "1e9", "BURST": "1000000000", "DEBUG_PORT": "off"}


class Peer:
    """A server in a process of its own.

    Args:
        name: of `SERVERS`, or "go".
        command: how to start it; the port is added, or in its environment.
        database: an SQLite file to write to; empty for nowhere.
        workers: how many processes.
        cores: where it may run.
    """

    def __init__(
        self, command: list[str], *, database: str = "", workers: int = 1, cores: set[int] = SERVER_CORES
    ) -> None:
        self.port = free_port()
        told = {"PORT": self.port, "DATABASE": database, "PROCESSES": workers, "GOMAXPROCS": workers}
        self._process = subprocess.Popen(
            [*command, *_arguments(command, self.port, database, workers)],
            preexec_fn=partial(os.sched_setaffinity, 0, cores),
            env={**os.environ, **NO_RATE_LIMIT, **{name: str(value) for name, value in told.items()}},
        )
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self._process.args} does not listen")

    def load(self, events: int, *, seconds: float = SECONDS, **more: Any) -> dict[str, Any]:
        """Load it; the outcome, and `cpu_us`: what each answer cost the server's main process."""
        before = self.cpu_s()
        with self.loading(events, seconds=seconds, **more) as load:
            said, _ = load.communicate(timeout=seconds + 60)
        outcome: dict[str, Any] = json.loads(said)
        answers = sum(outcome["answers"].values())
        outcome["per_s"] = (answers - outcome["answers"].get("503", 0)) / outcome["seconds"]
        spent_s = self.cpu_s() - before
        outcome["cpu_us"] = 1e6 * spent_s / max(1, answers)
        outcome["server_busy"] = spent_s / outcome["seconds"]
        return outcome

    @contextlib.contextmanager
    def loading(self, events: int, **more: Any) -> Iterator[subprocess.Popen[str]]:
        """Load it in the background."""
        load = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.closed"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=partial(os.sched_setaffinity, 0, LOAD_CORES),
        )  # fmt: skip
        assert load.stdin is not None
        load.stdin.write(json.dumps(asdict(Order(self.port, events=events, **more))))
        load.stdin.close()
        load.stdin = None
        try:
            yield load
        finally:
            load.kill()
            load.wait()

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S

    def resident_kib(self) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def close(self) -> int:
        """Stop it; the exit code."""
        self.terminate()
        return self.wait()

    def wait(self) -> int:
        """Wait until it has stopped; the exit code."""
        try:
            return self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


@contextlib.contextmanager
def running(command: list[str], **how: Any) -> Iterator[Peer]:
    """A server that is stopped at the end of the block."""
    peer = Peer(command, **how)
    try:
        yield peer
    finally:
        peer.close()


def python_peer(name: str) -> list[str]:
    """The command of a server in Python, or of the whole service."""
    if name == WHOLE:
        return [sys.executable, "-m", "servicelab", "run", "--from", "solutions"]
    return [sys.executable, "-m", "tests.benchmarks.peers", name]


def _arguments(command: list[str], port: int, database: str, workers: int) -> list[str]:
    """What is added to a command; the whole service reads its environment."""
    if command == python_peer(WHOLE):
        return []
    return [str(port), database, str(workers)] if command[0] == sys.executable else [str(port)]


def measure() -> dict[str, object]:
    """Measure our server and its peers, and the whole service.

    Returns:
        `service`: `vs_uvicorn`, `vs_hypercorn` and, where Go is installed, `vs_go` (requests a second for `/healthz`,
        ours over the peer's, median of the rounds), the same by case in `null_sink` and `sqlite`, CPU per request; and
        of the whole service `events_100_per_s` (null sink), `sqlite_events_per_s` and `sqlite_refused` (503, by case),
        `accepted_per_s`, `lost`, `doubled` and `refused` across a SIGTERM, `p99_ms_at_70`, `memory`, `two_processes`.
    """
    with tempfile.TemporaryDirectory(prefix="servicelab-bench-") as folder:
        ours = {name: python_peer(name) for name in (*SERVERS, WHOLE)}
        null_sink = _compared(ours | _go(Path(folder)), CASES)
        posts = {case: events for case, events in CASES.items() if events}
        sqlite = _compared(ours, posts, databases={name: str(Path(folder) / f"{name}.db") for name in ours})
        rate = {name: 0.7 * per_s for name, per_s in null_sink["1_event"]["per_s"].items()}
        figures: dict[str, object] = {
            **{f"vs_{name}": ratio for name, ratio in null_sink["healthz"]["ratio"].items() if name != WHOLE},
            "null_sink": null_sink,
            "sqlite": sqlite,
            "events_100_per_s": round(100 * null_sink["100_events"]["per_s"][WHOLE]),
            "sqlite_events_per_s": round(sqlite["1_event"]["per_s"][WHOLE]),
            "sqlite_refused": {case: row["refused"][WHOLE] for case, row in sqlite.items()},
            **_across_a_stop(str(Path(folder) / "stopped.db"), workers=1),
            "p99_ms_at_70": {
                OURS: _p99(OURS, rate[OURS]),
                "uvicorn": _p99("uvicorn", rate[OURS]),
                WHOLE: _p99(WHOLE, rate[WHOLE]),
                "service_sqlite": _p99(WHOLE, 0.7 * sqlite["1_event"]["per_s"][WHOLE], str(Path(folder) / "p99.db")),
            },
            "memory": _memory(rate[WHOLE]),
            "two_processes": _across_a_stop(str(Path(folder) / "two.db"), workers=2),
        }
    return {"service": figures}


def _go(folder: Path) -> dict[str, list[str]]:
    go = shutil.which("go")
    if go is None:
        print("no Go here: vs_go is left out")
        return {}
    program = folder / "nethttp"
    environment = {**os.environ, "GOCACHE": str(folder / "go"), "GO111MODULE": "off", "GOFLAGS": ""}
    subprocess.run([go, "build", "-o", str(program), str(HERE / "nethttp.go")], env=environment, check=True)
    return {"go": [str(program)]}


def _compared(
    commands: dict[str, list[str]], cases: dict[str, int], *, databases: dict[str, str] | None = None
) -> dict[str, dict[str, dict[str, Any]]]:
    """Load each server in turn, round by round, with each case.

    Returns:
        For each case `per_s` and `cpu_us` by server (medians), `refused` (503 in all rounds), `busy` (which part of
        the time server and load were computing, medians: with the server far below 1 and the load too, something else
        had the cores), and `ratio` and `cpu_ratio` (ours over the peer's, more is better, medians of the rounds).
    """
    seen: dict[str, dict[str, list[dict[str, Any]]]] = {case: defaultdict(list) for case in cases}
    first = 0
    with contextlib.ExitStack() as stack:
        peers = {
            name: stack.enter_context(running(command, database=(databases or {}).get(name, "")))
            for name, command in commands.items()
        }
        for _ in range(ROUNDS):
            for case, events in cases.items():
                for name, peer in peers.items():
                    outcome = peer.load(events, first=first)
                    first += 1_000_000
                    _expect_only(outcome, "200" if events == 0 else "202", f"{name}, {case}")
                    seen[case][name].append(outcome)
    return {case: _summary(by_name) for case, by_name in seen.items()}


def _expect_only(outcome: dict[str, Any], status: str, what: str) -> None:
    """Raise if there was another answer, or none; 503 is counted."""
    if set(outcome["answers"]) - {status, "503"} or outcome["cut"]:
        raise RuntimeError(f"{what}: expected {status} only, not {outcome['answers']} and {outcome['cut']} cut")


def _summary(by_name: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    def median(key: str, name: str) -> float:
        return statistics.median(outcome[key] for outcome in by_name[name])

    def ratio(key: str, name: str) -> float:
        return statistics.median(
            ours[key] / theirs[key] for ours, theirs in zip(by_name[OURS], by_name[name], strict=True)
        )

    peers = [name for name in by_name if name != OURS]
    return {
        "per_s": {name: round(median("per_s", name)) for name in by_name},
        "cpu_us": {name: round(median("cpu_us", name), 1) for name in by_name},
        "busy": {name: [round(median("server_busy", name), 2), round(median("busy", name), 2)] for name in by_name},
        "refused": {name: sum(outcome["answers"].get("503", 0) for outcome in by_name[name]) for name in by_name},
        "ratio": {name: round(ratio("per_s", name), 2) for name in peers},
        "cpu_ratio": {name: round(1 / ratio("cpu_us", name), 2) for name in peers},
    }


def _across_a_stop(database: str, *, workers: int) -> dict[str, object]:
    """Load the service with single events into SQLite, stop it in the middle, and look for each accepted event."""
    cores = set(CORES[:-1]) or SERVER_CORES
    with running(python_peer(WHOLE), database=database, workers=workers, cores=cores) as peer:
        with peer.loading(1, seconds=2 * SECONDS) as load:
            time.sleep(SECONDS)
            peer.terminate()
            said, _ = load.communicate(timeout=60)
        code = peer.wait()  # a second signal would cut it off
    outcome = json.loads(said)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        stored = [name for (name,) in connection.execute("select id from events")]
    accepted = {name for number in outcome["accepted"] for name in event_ids(number, 1)}
    return {
        "accepted": len(accepted),
        "accepted_per_s": round(len(accepted) / outcome["seconds"]),
        "lost": len(accepted - set(stored)),
        "doubled": len(stored) - len(set(stored)),
        "refused": sum(count for status, count in outcome["answers"].items() if status != "202"),
        "exit_code": code,
    }


def _p99(name: str, rate: float, database: str = "") -> float:
    """Latency of single-event posts at a rate, in milliseconds."""
    with running(python_peer(name), database=database) as peer:
        p99: float = peer.load(1, seconds=4 * SECONDS, rate=rate)["latency_ms"]["99"]
    return p99


def _memory(rate: float) -> dict[str, float]:
    """Resident size of the service after a tenth of the time under load, and its growth until the end."""
    with running(python_peer(WHOLE)) as peer:
        peer.load(1, seconds=MEMORY_S / 10, rate=rate)
        before = peer.resident_kib()
        peer.load(1, seconds=MEMORY_S, rate=rate)
        after = peer.resident_kib()
    return {"seconds": MEMORY_S, "mib": round(after / 1024, 1), "growth_kib": after - before}
