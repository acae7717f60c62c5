"""Real jails: what student code inside can see, use and harm."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import jail, landlock, levels, sandbox, view
from autograder.confinement import Limits
from autograder.errors import UsageError
from autograder.jail import IsolationUnavailable, Jail, JailError, Level
from autograder.sandbox import Result, Sandbox

REPOSITORY = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="needs bubblewrap: apt-get install bubblewrap, and user namespaces allowed"
)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(limits=Limits(memory_mb=1024)) as opened:
        yield opened


def cells(*sources: str, limit_s: float = 10) -> list[dict[str, Any]]:
    return [{"op": "cell", "index": i, "source": source, "limit_s": limit_s} for i, source in enumerate(sources)]


def printed(reply: dict[str, Any]) -> str:
    return "".join(output.get("text", output.get("evalue", "")) for output in reply["outputs"])


def seen(box: Sandbox, source: str) -> Any:
    """What an expression gives inside."""
    result = box.run(cells(f"import json, os, sys\nprint(json.dumps({source}))"))
    assert result.verdict == "ok", result
    assert result.replies[0]["ok"], result.replies
    return json.loads(printed(result.replies[0]))


def processes_with(mark: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_this_machine_has_a_jail(box: Sandbox) -> None:
    assert box.level is Level.BUBBLEWRAP


# --- what can be seen -------------------------------------------------------------------------------------------------


def test_nothing_of_the_repository_is_visible_but_the_library(box: Sandbox) -> None:
    library = Path(view.servicelab_folder())
    places = [str(REPOSITORY / name) for name in ("autograder", "solutions", "tests", ".git", "pyproject.toml")]
    assert seen(box, f"[os.path.exists(path) for path in {places}]") == [False] * len(places)
    assert seen(box, f"os.listdir({str(library.parent)!r})") == ["servicelab"]


def test_no_home_and_no_accounts_are_visible(box: Sandbox) -> None:
    assert seen(box, "os.path.expanduser('~')") == "/tmp/work"
    assert seen(box, "open('/etc/passwd').read().count(':/')") == 4
    assert seen(box, "[name for name in ('/home', '/var', '/etc/shadow', '/sys') if os.path.exists(name)]") == []


def test_no_folder_on_the_way_to_python_shows_its_neighbours(box: Sandbox) -> None:
    prefixes = [Path(sys.prefix), Path(sys.base_prefix)]
    for prefix in prefixes:
        if not prefix.is_relative_to("/usr"):
            assert seen(box, f"len(os.listdir({str(prefix.parent)!r}))") <= len(prefixes) + 1


def test_no_package_metadata_leads_to_a_source_tree(box: Sandbox) -> None:
    installed = "__import__('importlib.metadata').metadata.distributions()"
    source = f"[one.metadata['Name'] for one in {installed} if one.read_text('direct_url.json')]"
    assert seen(box, source) == []


def test_every_package_of_the_environment_can_be_imported_late(box: Sandbox) -> None:
    result = box.run(
        cells(
            "import wave, trio.socket, starlette.testclient, httpx, IPython.lib.pretty, servicelab.values, ipywidgets"
        )
    )
    assert result.replies[0]["error"] is None, printed(result.replies[0])


def test_the_grader_itself_cannot_be_imported_late(box: Sandbox) -> None:
    assert box.run(cells("import autograder.transcript")).replies[0]["error"] == "ModuleNotFoundError"


def test_the_environment_of_the_grader_does_not_reach_inside(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "hunter2")
    with Sandbox() as fresh:
        look = (
            "import glob\nfound = []\n"
            "for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'):\n"
            "    try:\n        found.append(open(path, 'rb').read())\n"
            "    except OSError:\n        pass\n"
            "import os\nprint(b'hunter2' in b''.join(found), 'hunter2' in str(os.environ))"
        )
        assert printed(fresh.run(cells(look)).replies[0]) == "False False\n"


def test_only_processes_of_the_jail_are_visible(box: Sandbox) -> None:
    assert seen(box, "len([name for name in os.listdir('/proc') if name.isdigit()])") <= 4
    assert seen(box, "os.getppid()") == 0


def test_two_jails_do_not_see_each_other(box: Sandbox) -> None:
    meet = threading.Barrier(2)
    found: list[str] = []

    def one(name: str) -> None:
        meet.wait()
        source = (
            f"import time, socket, os\nopen('/tmp/work/{name}', 'w').write('x')\n"
            f"open('/dev/shm/{name}', 'w').write('x')\n"
            f"listener = socket.socket(socket.AF_UNIX)\nlistener.bind('\\0{name}')\ntime.sleep(0.7)\n"
            "print(sorted(os.listdir('/tmp/work')), os.listdir('/dev/shm'), open('/proc/net/unix').read().count('@'))"
        )
        found.append(printed(box.run(cells(source)).replies[0]))

    threads = [threading.Thread(target=one, args=(name,)) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert all(("left" in text) != ("right" in text) and text.endswith(" 1\n") for text in found), found


def test_files_are_there_in_the_work_folder(box: Sandbox) -> None:
    result = box.run(cells("print(open('data/a.txt').read())"), files={"data/a.txt": b"hello"})
    assert printed(result.replies[0]) == "hello\n"


# --- what can be used -------------------------------------------------------------------------------------------------


def test_there_is_no_network_but_a_loopback_of_its_own(box: Sandbox) -> None:
    assert seen(box, "[name for _, name in __import__('socket').if_nameindex()]") == ["lo"]
    result = box.run(
        cells(
            "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=2)",
            "listener = socket.create_server(('localhost', 0))\n"
            "socket.create_connection(listener.getsockname(), 2).close()",
        )
    )
    assert [reply["error"] for reply in result.replies] == ["OSError", None], result.replies


def test_there_is_no_capability_no_root_and_no_further_namespace(box: Sandbox) -> None:
    assert seen(box, "[l.split()[1] for l in open('/proc/self/status') if l.startswith('Cap')]") == ["0" * 16] * 5
    assert seen(box, "[os.getuid(), os.getgid(), os.getgroups() in ([], [65534])]") == [65534, 65534, True]
    assert seen(box, "__import__('ctypes').CDLL(None).unshare(0x10000000)") == -1


@pytest.mark.parametrize(
    "path", ["/", "/usr", "/etc", "/dev", "/proc/sys/kernel/hostname", os.__file__, view.servicelab_folder()]
)
def test_the_system_is_read_only(box: Sandbox, path: str) -> None:
    assert seen(box, f"os.access({path!r}, os.W_OK)") is False


def test_the_disk_cannot_be_filled(box: Sandbox) -> None:
    fill = "data = b'x' * (4 << 20)\nfor n in range(1000):\n    open(f'/tmp/work/{n}', 'wb').write(data)"
    many = "for n in range(100_000):\n    open(f'/tmp/work/file{n}', 'w').close()"
    shared = "for n in range(1000):\n    open(f'/dev/shm/{n}', 'wb').write(data)"
    result = box.run(cells(fill, "import shutil\nshutil.rmtree('/tmp/work', ignore_errors=True)", many, shared))
    assert [reply["error"] for reply in result.replies] == ["OSError", None, "OSError", "OSError"]


def test_one_file_cannot_grow_without_end(box: Sandbox) -> None:
    result = box.run(cells("f = open('/tmp/work/big', 'wb')\nwhile True: f.write(b'x' * (1 << 20))", "1"))
    assert [reply["error"] for reply in result.replies] == ["OSError", None]


def test_memory_is_bounded_and_the_notebook_goes_on(box: Sandbox) -> None:
    result = box.run(cells("x = bytearray(3 << 30)", "x = []\nwhile True: x.append(bytes(1 << 24))", "x = None"))
    assert [reply["error"] for reply in result.replies] == ["MemoryError", "MemoryError", None]


def test_a_fork_bomb_ends_with_its_jail(box: Sandbox) -> None:
    bomb = (
        "import os, time\nmade = 0\ntry:\n    while True:\n        if os.fork() == 0: time.sleep(1000)\n"
        "        made += 1\nexcept OSError:\n    print(made)"
    )
    result = box.run(cells(bomb))
    assert 0 < int(printed(result.replies[0])) <= box.limits.processes
    assert box.run(cells("1")).verdict == "ok"


def test_a_bomb_of_forking_children_ends_at_the_deadline(box: Sandbox) -> None:
    result = box.run(cells("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", limit_s=2), wall_s=4)
    assert result.verdict in ("timeout", "protocol", "died")
    assert result.wall_s < 15


# --- how runs end -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "import os; os._exit(0)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import ctypes; ctypes.string_at(0)",
    ],
)
def test_a_cell_that_ends_the_process_is_told(box: Sandbox, source: str) -> None:
    result = box.run(cells("1", source, "2"))
    assert (result.verdict, [reply["index"] for reply in result.replies]) == ("died", [0])
    assert result.exit is not None


def test_killing_the_parent_kills_only_oneself(box: Sandbox) -> None:
    zygote = box._warm_zygote().pid
    result = box.run(cells("import os\nos.kill(os.getppid(), 9)", "1"))
    assert (result.verdict, result.exit) == ("died", -9)  # there is no parent inside: 0 is one's own group
    for attack in ("import os\nos.kill(-1, 9)", "import os\nos.kill(1, 9)", f"import os\nos.kill({zygote}, 9)"):
        box.run(cells(attack, "1"))
    assert box._warm_zygote().pid == zygote
    assert box.run(cells("1")).verdict == "ok"


def test_an_endless_cell_is_stopped_and_the_next_runs(box: Sandbox) -> None:
    result = box.run(cells("while True: pass", "import time; time.sleep(100)", "print('on')", limit_s=0.5))
    assert [reply["error"] for reply in result.replies] == ["timeout", "timeout", None]
    assert printed(result.replies[2]) == "on\n"


def test_a_cell_that_cannot_be_stopped_ends_at_the_hosts_deadline(box: Sandbox) -> None:
    source = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\nwhile True: pass"
    result = box.run(cells(source, "1", limit_s=0.5))
    assert (result.verdict, result.replies) == ("timeout", [])
    assert result.wall_s < 15


def test_the_wall_clock_limit_holds_for_all_cells_together(box: Sandbox) -> None:
    result = box.run(cells(*["import time; time.sleep(0.4)"] * 10), wall_s=1)
    assert result.verdict == "timeout"
    assert len(result.replies) < 4


def test_a_daemon_does_not_outlive_its_run(box: Sandbox) -> None:
    mark = f"daemon-{os.getpid()}-{time.monotonic_ns()}"
    daemon = (
        "import subprocess\n"
        f"subprocess.Popen(['/bin/sh', '-c', 'sleep 1000; : {mark}'], start_new_session=True)\n"
        "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True: pass\n"
        "    os._exit(0)"
    )
    result = box.run(cells(daemon, "1"))
    assert (result.verdict, processes_with(mark)) == ("ok", [])


def test_a_flood_of_output_is_cut_and_the_cell_still_passes(box: Sandbox) -> None:
    result = box.run(cells("print('x' * 100_000_000)", "for n in range(300_000): print(n)", "1"))
    assert [reply["ok"] for reply in result.replies] == [True, True, True]
    assert all(len(json.dumps(reply)) < 1_500_000 for reply in result.replies)
    assert "[the output was cut here: more than 1,000,000 bytes]" in printed(result.replies[0])


@pytest.mark.parametrize("fd", [200, 201])
def test_spraying_descriptors_ends_this_run_only(box: Sandbox, fd: int) -> None:
    line = json.dumps({"index": 1, "ok": True, "outputs": [], "error": None}) + "\n"
    spray = (
        f"import os\nfor fd in range(3, 256):\n    try: os.write(fd, {line.encode()!r} * 3)\n    except OSError: pass"
    )
    result = box.run(cells("1", spray if fd == 201 else f"import os; os.close({fd})", "2"))
    assert result.verdict in ("protocol", "died")
    assert len(result.replies) <= 2


def test_a_flood_on_the_reply_pipe_is_cut(box: Sandbox) -> None:
    result = box.run(cells("import os\nwhile True: os.write(201, b'x' * 65536)"), max_bytes=1_000_000)
    assert (result.verdict, result.replies) == ("output flood", [])


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"index": 0}', b"\xff\xfe", b"null", b'{"index": NaN}', b"9" * 10_000]
)
def test_a_malformed_reply_is_a_protocol_error(box: Sandbox, line: bytes) -> None:
    assert box.run(cells(f"import os\nos.write(201, {line!r} + b'\\n')")).verdict == "protocol"


def test_descriptors_1_and_2_lead_nowhere(box: Sandbox) -> None:
    result = box.run(
        cells(
            "import os, subprocess\nos.write(1, b'x' * 100_000)\nsubprocess.run('echo hi; echo no >&2', shell=True)\n1"
        )
    )
    assert result.replies[0]["error"] is None


def test_a_lone_surrogate_in_an_output_is_replaced(box: Sandbox) -> None:
    assert printed(box.run(cells("print('\\ud800')")).replies[0]) == "\ufffd\n"


# --- the sandbox ------------------------------------------------------------------------------------------------------


def test_a_zygote_that_died_is_started_again(box: Sandbox) -> None:
    zygote = box._warm_zygote().pid
    os.kill(zygote, signal.SIGKILL)
    assert box.run(cells("print(1)")).verdict == "ok"
    assert box._warm_zygote().pid != zygote


def test_many_threads_may_run_at_once(box: Sandbox) -> None:
    results: list[Result] = []
    threads = [threading.Thread(target=lambda: results.append(box.run(cells("1", "2")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(result.verdict, len(result.replies)) for result in results] == [("ok", 2)] * 8


def test_no_descriptor_is_left_open(box: Sandbox) -> None:
    box.run(cells("1"))
    before = len(os.listdir("/proc/self/fd"))
    for source in ("1", "import os; os._exit(1)", "import os; os.write(201, b'x\\n')"):
        box.run(cells(source))
    assert len(os.listdir("/proc/self/fd")) == before


def test_ctrl_c_ends_the_run_and_everything_in_it(tmp_path: Path) -> None:
    mark = f"interrupted-{os.getpid()}"
    program = tmp_path / "host.py"
    program.write_text(
        "from autograder.sandbox import Sandbox\n"
        "with Sandbox() as box:\n"
        f"    source = \"import subprocess; subprocess.run(['/bin/sh', '-c', 'sleep 1000; : {mark}'])\"\n"
        "    print('started', flush=True)\n"
        "    box.run([{'op': 'cell', 'index': 0, 'source': source, 'limit_s': 100}], wall_s=100)\n"
    )
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(Path(view.servicelab_folder()).parent)])
    }
    with subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as host:
        deadline = time.monotonic() + 60
        while not processes_with(f": {mark}") and time.monotonic() < deadline and host.poll() is None:
            threading.Event().wait(0.05)
        host.send_signal(signal.SIGINT)
        _, said = host.communicate(timeout=30)
    assert b"KeyboardInterrupt" in said
    assert processes_with(mark) == []


def test_a_killed_host_leaves_nothing_behind(tmp_path: Path) -> None:
    program = tmp_path / "host.py"
    program.write_text(
        "import sys, threading\nfrom autograder.sandbox import Sandbox\nbox = Sandbox()\n"
        "request = {'op': 'cell', 'index': 0, 'source': 'while True: pass', 'limit_s': 99}\n"
        "threading.Thread(target=box.run, args=([request],)).start()\n"
        "print(box._warm_zygote().pid, flush=True)\n"
    )
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(Path(view.servicelab_folder()).parent)])
    }
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, env=environment) as host:
        assert host.stdout is not None
        zygote = int(host.stdout.readline())
        host.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{zygote}").exists() and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert not Path(f"/proc/{zygote}").exists()


@pytest.mark.parametrize("moment", ["_start_holder", "_map_users", "_read_until"])
def test_a_host_that_is_killed_while_it_builds_a_jail_leaves_no_holder(tmp_path: Path, moment: str) -> None:
    program = tmp_path / "host.py"
    program.write_text(
        "import os, sys\nfrom autograder import jail, view\n"
        "def killed(*args):\n    before(*args)\n    os.kill(os.getpid(), 9)\n"
        "before = getattr(jail, sys.argv[1])\nsetattr(jail, sys.argv[1], killed)\n"
        "with view.scratch_folder() as scratch:\n"
        "    print(scratch, flush=True)\n    jail.Jail(view.View.of_this_environment(scratch))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, str(program), moment]
    host = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, timeout=60)
    scratch = host.stdout.strip()
    shutil.rmtree(scratch)
    assert (host.returncode, bool(scratch)) == (-signal.SIGKILL, True)
    deadline = time.monotonic() + 10
    while processes_with(scratch) and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert processes_with(scratch) == []


# --- levels -----------------------------------------------------------------------------------------------------------


def test_without_bubblewrap_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jail.shutil, "which", lambda name, **_: None)
    monkeypatch.setattr(landlock, "version", lambda: 0)
    sandbox._probed.cache_clear()
    with pytest.raises(IsolationUnavailable, match=r"^isolation level: none, because bubblewrap is not installed; "):
        Sandbox()
    with Sandbox(unsafe=True) as weak:
        assert weak.level is Level.NONE
    sandbox._probed.cache_clear()


def test_a_bubblewrap_that_does_not_work_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(jail.shutil, "which", lambda name, **_: str(broken))
    with view.scratch_folder() as scratch, pytest.raises(JailError, match="No permissions to create new namespace"):
        Jail(view.View.of_this_environment(scratch))


def test_a_level_that_is_asked_for_is_that_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jail.shutil, "which", lambda name, **_: None)
    with view.scratch_folder() as scratch, pytest.raises(IsolationUnavailable, match=r"^bubblewrap is not installed$"):
        levels.exactly(Level.BUBBLEWRAP, view.View.of_this_environment(scratch))


def test_the_level_none_must_be_asked_for() -> None:
    with pytest.raises(UsageError, match=r"unsafe=True"):
        Sandbox(level="none")


@pytest.fixture(scope="module")
def weak() -> Iterator[Sandbox]:
    with Sandbox(level="none", unsafe=True) as opened:
        yield opened


def test_without_a_jail_cells_run_in_a_folder_that_vanishes(weak: Sandbox) -> None:
    folder = seen(weak, "os.getcwd()")
    assert not Path(folder).exists()


def test_without_a_jail_limits_and_deadlines_hold(weak: Sandbox) -> None:
    result = weak.run(cells("x = bytearray(3 << 30)", "while True: pass", "import os; os._exit(3)", limit_s=1))
    assert ([reply["error"] for reply in result.replies], result.verdict) == (["MemoryError", "timeout"], "died")
    assert result.exit == 3


def test_without_a_jail_a_daemon_is_dead_afterwards(weak: Sandbox) -> None:
    mark = f"weak-daemon-{os.getpid()}"
    daemon = f"import subprocess\nsubprocess.Popen(['/bin/sh', '-c', 'sleep 1000; : {mark}'], start_new_session=True)"
    assert weak.run(cells(daemon)).verdict == "ok"
    assert processes_with(mark) == []
