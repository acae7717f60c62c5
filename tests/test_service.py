"""The service that the reference solutions add up to, as a real process with real sockets and signals."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.service_process import ROOT, STOP_S, TOKEN, Process, free_port, until

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCAL_ONLY = "expected an address of this machine alone, such as 127.0.0.1: profiles tell secrets"
EVENT = {"id": "e-1", "type": "click", "user": "ann"}


def envelope(*names: str) -> dict[str, Any]:
    """The body of a `POST /events`."""
    events = [{"id": name, "type": "click", "timestamp": 1.7e9, "params": {}} for name in names]
    return {"header": {"session_id": "s-1", "user_id": "ann"}, "events": events}


@pytest.fixture(scope="module")
def service() -> Iterator[Process]:
    with Process(DEBUG_PORT=free_port(), BUDGET=0.5) as running:
        yield running


def test_health_readiness_and_an_event_all_the_way(service: Process) -> None:
    assert (service.get("/healthz").status_code, service.get("/healthz").text) == (200, "ok")
    ready = service.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "checks": {"store": "up", "sink": "up"}})
    assert (service.post("/process").status_code, service.post("/process").json()) == (200, {"id": "e-1"})
    accepted = service.post("/events", envelope("e-1", "e-2"))
    assert (accepted.status_code, accepted.json()) == (202, {"accepted": 2, "refused": []})
    until(lambda: service.get("/stats").json()["pool"]["done"] >= 2)


@pytest.mark.parametrize(
    ("path", "body", "token", "status", "error"),
    [
        *(
            (path, json.dumps(EVENT), token, 401, error)
            for path in ("/process", "/events")
            for token, error in (
                (None, "expected Authorization: Bearer TOKEN"),
                ("Basic dGVzdA==", "expected Authorization: Bearer TOKEN"),
                ("Bearer wrong", "this token is not valid"),
            )
        ),
        ("/process", "{", "Bearer test", 400, "expected JSON"),
        ("/process", "[1]", "Bearer test", 400, "expected an event, a JSON object"),
        ("/process", '{"type": "click"}', "Bearer test", 400, "expected an event with 'id', a text"),
        ("/process", '{"id": "e-1", "type": 7}', "Bearer test", 400, "expected an event with 'type', a text"),
        ("/events", "{", "Bearer test", 400, "expected an envelope: a JSON object with header and events"),
        ("/events", "[1]", "Bearer test", 400, "expected an envelope: a JSON object with header and events"),
    ],
)
def test_what_is_wrong_with_a_request_is_told(
    service: Process, path: str, body: str, token: str | None, status: int, error: str
) -> None:
    headers = {"authorization": token} if token else {}
    answer = httpx.post(service.url + path, content=body, headers=headers, timeout=STOP_S, trust_env=False)
    assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_logs_are_json_and_carry_the_trace_id_of_their_request(service: Process) -> None:
    answer = service.post("/process", {**EVENT, "id": "e-traced"}, **{"x-request-id": "abc-123"})
    assert answer.headers["x-request-id"] == "abc-123"
    until(lambda: any(one.get("event_id") == "e-traced" for one in service.log))
    [record] = [one for one in service.log if one.get("event_id") == "e-traced"]
    assert (record["message"], record["trace_id"], record["level"]) == ("processed", "abc-123", "info")
    assert service.other == []


def test_a_trace_id_that_could_break_a_log_is_replaced(service: Process) -> None:
    answer = service.post("/process", **{"x-request-id": 'a" b'})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


def test_the_debug_port_answers_this_machine_only(service: Process) -> None:
    port = service.environ["DEBUG_PORT"]
    answer = httpx.get(f"http://127.0.0.1:{port}/debug/pprof/tasks", timeout=STOP_S, trust_env=False)
    assert answer.status_code == 200
    assert "serve" in answer.text
    for address in {"127.0.0.2", *socket.gethostbyname_ex(socket.gethostname())[2]} - {"127.0.0.1"}:
        with pytest.raises(OSError, match=r"."):
            socket.create_connection((address, port), timeout=2).close()


@contextlib.contextmanager
def posting(service: Process, path: str, body: bytes) -> Iterator[None]:
    """One post after the other, for as long as the block runs."""
    over = threading.Event()

    def post() -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", service.port)) as client:
            while not over.is_set():
                client.request("POST", path, body, TOKEN)
                client.getresponse().read()

    thread = threading.Thread(target=post)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_profile_taken_under_load_names_the_handler_that_computes(service: Process) -> None:
    command = [sys.executable, "-m", "servicelab", "profile", "cpu", "--seconds", "1", "--format", "speedscope"]
    with posting(service, "/events", json.dumps(envelope(*map(str, range(1000)))).encode()):
        environ = {**os.environ, "DEBUG_PORT": str(service.environ["DEBUG_PORT"])}
        said = subprocess.run(command, env=environ, capture_output=True, check=True)
    frames = json.loads(said.stdout)["shared"]["frames"]
    assert ("Service.events", "app.py") in {(frame["name"], Path(frame["file"]).name) for frame in frames}


def test_a_dripping_client_is_closed_in_time(service: Process) -> None:
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            for byte in b"GET / HTTP/1.1\r\nX: " + b"x" * 300:
                client.sendall(bytes([byte]))
                client.settimeout(0.1)
                with contextlib.suppress(TimeoutError):
                    answer = client.recv(1000)
                    break
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert 9 < time.monotonic() - begun < 20


# --- switches ---
def test_slow_authentication_is_a_504_and_logged_as_over_budget() -> None:
    with Process(SLOW_AUTH="true", AUTH_CAP=0.3, BUDGET=0.2) as service:
        answer = service.post("/process", **{"x-request-id": "slow-1"})
        assert (answer.status_code, answer.json()) == (504, {"error": "auth exceeded 0.3 s"})
        record = service.wait_for("over budget")
        assert (record["trace_id"], record["route"], record["status"]) == ("slow-1", "/process", 504)


def test_a_failing_store_is_a_500_with_a_plain_message_and_not_ready() -> None:
    with Process(DB_FAILURE="true") as service:
        answer = service.post("/process")
        assert (answer.status_code, answer.json()) == (500, {"error": "the store failed"})
        ready = service.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]) == (
            503,
            dict.fromkeys(["store", "sink"], "failed: ConnectionError"),
        )
        assert service.get("/healthz").status_code == 200
        assert "DB_FAILURE is set" in service.wait_for("a request failed")["stack"]


def test_a_client_that_goes_away_frees_its_ticket() -> None:
    with Process(TICKETS=1, STORE_LATENCY=60, STORE_CAP=90, TIMEOUT=90) as service:
        body = json.dumps(EVENT).encode()
        head = f"POST /process HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer test\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(head.encode() + body)
            until(lambda: service.get("/stats").json()["tickets_free"] == 0)
            busy = service.post("/process")
            assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
        until(lambda: service.get("/stats").json()["tickets_free"] == 1)


def test_a_client_that_asks_too_often_is_told_when_to_come_back() -> None:
    with Process(RATE=0.1, BURST=2) as service:
        answers = [service.post("/process", **{"x-client-id": "one"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
        assert service.post("/process", **{"x-client-id": "another"}).status_code == 200


def test_a_stuck_job_is_named_by_the_watchdog() -> None:
    with Process("solutions", "--without", "ingest", STUCK=0.2, STORE_LATENCY=60, GRACE=0.1) as service:
        assert service.post("/events", {**EVENT, "id": "e-stuck"}).status_code == 202
        assert service.wait_for("a job is stuck")["event_id"] == "e-stuck"
        assert service.stop() == 0
        left = service.logged("an event was accepted and not stored")
        assert [record["event_id"] for record in left] == ["e-stuck"]


# --- stopping ---
class Clients:
    """Threads that post one event after the other, and note what became of each."""

    def __init__(self, service: Process, path: str, number: int) -> None:
        self.answered: dict[str, int] = {}
        self.unanswered: set[str] = set()
        self._service, self._path = service, path
        self._threads = [threading.Thread(target=self._post, args=(name,)) for name in range(number)]
        for thread in self._threads:
            thread.start()

    def _post(self, name: int) -> None:
        with httpx.Client(base_url=self._service.url, headers=TOKEN, timeout=STOP_S, trust_env=False) as client:
            for number in range(100_000):
                event = f"{name}-{number}"
                body = envelope(event) if self._path == "/events" else {**EVENT, "id": event}
                try:
                    answer = client.post(self._path, json=body)
                except httpx.ConnectError:
                    return
                except httpx.TransportError:
                    self.unanswered.add(event)
                    continue
                self.answered[event] = answer.status_code

    def join(self) -> None:
        for thread in self._threads:
            thread.join(STOP_S)
        assert not any(thread.is_alive() for thread in self._threads)


def stored(database: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return {name for (name,) in connection.execute("SELECT id FROM events")}


@pytest.mark.parametrize(("path", "status"), [("/process", 200), ("/events", 202)])
def test_sigterm_under_load_drops_nothing_that_was_accepted(tmp_path: Path, path: str, status: int) -> None:
    database = tmp_path / "events.db"
    with Process(DATABASE=database, STORE_LATENCY=0.02, GRACE=20) as service:
        clients = Clients(service, path, 12)
        until(lambda: len(clients.answered) > 50)
        before = len(clients.answered)
        assert service.stop() == 0
        clients.join()
        done = {event for event, seen in clients.answered.items() if seen == status}
        assert len(clients.answered) > before, "requests under way were answered after the signal"
        assert done == stored(database), "told and done are the same events"
        assert set(clients.answered.values()) <= {status, 503}
        assert service.logged("an event was accepted and not stored") == []


def post_and_go_away(service: Process, name: str) -> None:
    """Send an event and close the connection without waiting for the answer."""
    body = json.dumps(envelope(name)).encode()
    head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer test\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(head.encode() + body)


def test_a_store_that_is_down_a_full_queue_and_clients_that_go_away_cost_no_accepted_event(tmp_path: Path) -> None:
    database = tmp_path / "events.db"
    with (
        Process(DATABASE=database, BATCH=2, CAPACITY=9, GRACE=20) as service,
        contextlib.closing(sqlite3.connect(database)) as other,
    ):
        other.execute("BEGIN EXCLUSIVE")
        post_and_go_away(service, "gone")
        answers = {name: service.post("/events", envelope(name)) for name in (f"e-{number}" for number in range(12))}
        accepted = {name for name, answer in answers.items() if answer.status_code == 202}
        full = [answer for answer in answers.values() if answer.status_code != 202]
        assert {(answer.status_code, answer.headers["retry-after"]) for answer in full} == {(503, "1")}
        assert len(accepted) in (8, 9), "there is room for nine, of which the client that has gone may have taken one"
        service.wait_for("a batch could not be written: database is locked")
        assert service.get("/stats").json()["pool"]["done"] == 0
        other.rollback()
        assert service.stop() == 0
        assert stored(database) - {"gone"} == accepted
        assert service.logged("an event was accepted and not stored") == []


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize(("path", "status"), [("/process", 200), ("/events", 202)])
def test_a_worker_process_that_is_killed_under_load_costs_nothing_that_was_answered(
    tmp_path: Path, path: str, status: int
) -> None:
    database = tmp_path / "events.db"
    with Process(DATABASE=database, PROCESSES=2, CONFIRM="true", INTERVAL=0.01, GRACE=20) as service:
        clients = Clients(service, path, 12)
        until(lambda: len(clients.answered) > 100)
        victim = children(service.process.pid)[0]
        os.kill(victim, signal.SIGKILL)
        before = len(clients.answered)
        until(lambda: len(clients.answered) > before + 100)
        until(lambda: any("ended with -9: started anew" in record["message"] for record in service.log))
        assert service.stop() == 0
        clients.join()
        done = {event for event, seen in clients.answered.items() if seen == status}
        assert done <= stored(database), "what was answered is stored; its id is a key, so it is there once"
        assert stored(database) - done <= clients.unanswered | clients.answered.keys()
        assert set(clients.answered.values()) <= {status, 503}


def test_what_cannot_be_stored_within_the_grace_is_named() -> None:
    with Process(DB_FAILURE="true", GRACE=0.2) as service:
        assert service.post("/events", envelope("e-1", "e-2")).status_code == 202
        assert service.stop() == 0
        left = service.logged("an event was accepted and not stored")
        assert sorted(record["event_id"] for record in left) == ["e-1", "e-2"]


def test_not_ready_is_told_before_the_listener_closes() -> None:
    with Process(DRAIN_DELAY=1.5) as service:
        service.signal()
        until(lambda: service.get("/readyz").status_code == 503)
        assert service.get("/readyz").json() == {"ready": False, "reason": "draining"}
        assert (service.get("/healthz").status_code, service.post("/process").status_code) == (200, 200)
        assert service.exit_code() == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", service.port))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(number: int) -> None:
    with Process(DRAIN_DELAY=60) as service:
        service.signal(number)
        until(lambda: service.get("/readyz").status_code == 503)
        service.signal(number)
        assert service.exit_code() != 0


def test_a_request_that_outlives_the_grace_is_cut_off_and_the_exit_is_in_time() -> None:
    with Process(STORE_LATENCY=60, STORE_CAP=90, TIMEOUT=90, GRACE=0.2) as service:
        body = json.dumps(EVENT).encode()
        head = f"POST /process HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer test\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(head.encode() + body)
            until(lambda: service.get("/stats").json()["tickets_free"] == 63)
            begun = time.monotonic()
            service.signal()
            assert service.exit_code() == 0
            assert time.monotonic() - begun < 10


# --- what is not there ---
def test_what_is_not_solved_is_left_out_and_named() -> None:
    with Process(ROOT / "labs") as service:
        messages = [record["message"] for record in service.log if record["level"] == "warning"]
        assert "exercise 1.1 (healthz) is not solved yet: the service runs without GET /healthz" in messages
        assert "exercise 4.2 (Dispatcher) is not solved yet: the service runs without a bounded queue" in messages
        assert service.get("/healthz").status_code == 404
        assert service.post("/events").status_code == 202
        service.signal()
        assert service.exit_code() == -signal.SIGTERM


@pytest.mark.parametrize(
    ("environ", "lines"),
    [
        ({"PORT": "http"}, ["PORT: expected a port, 0 to 65535 (0 picks a free one), not 'http'"]),
        (
            {"DEBUG_HOST": "0.0.0.0", "GRACE": "-1", "SLOW_AUTH": "maybe"},
            [
                f"DEBUG_HOST: {LOCAL_ONLY}, not '0.0.0.0'",
                "SLOW_AUTH: expected true or false, not 'maybe'",
                "GRACE: expected seconds, a number from 0 on, not '-1'",
            ],
        ),
    ],
)
def test_a_configuration_that_cannot_be_used_is_told_line_by_line(environ: dict[str, Any], lines: list[str]) -> None:
    service = Process(**environ)
    assert service.exit_code() == 2
    assert (service.other, service.log) == (lines, [])


def test_a_taken_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        service = Process(PORT=taken.getsockname()[1])
        assert service.exit_code() == 1
        assert service.other == [f"cannot listen on 127.0.0.1, port {taken.getsockname()[1]}: Address already in use"]
