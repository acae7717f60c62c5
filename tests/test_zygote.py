"""The zygote and the runner, through a sandbox: cells, checks, and what they cost."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from autograder.course import find_course
from autograder.sandbox import Sandbox
from autograder.shell import is_python

pytestmark = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="needs bubblewrap: apt-get install bubblewrap, and user namespaces allowed"
)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


def cell(index: int, source: str, limit_s: float = 10) -> dict[str, Any]:
    return {"op": "cell", "index": index, "source": source, "limit_s": limit_s}


def check(index: int, source: str, *, limit_s: float = 10, **more: Any) -> dict[str, Any]:
    schedules = [[], [1]]
    return {
        "op": "check",
        "index": index,
        "id": "0.1-x",
        "source": source,
        "schedules": schedules,
        "seed": "ab",
        "limit_s": limit_s,
    } | more


def one(box: Sandbox, source: str) -> dict[str, Any]:
    (reply,) = box.run([cell(0, source)]).replies
    return reply


@pytest.mark.parametrize(
    ("source", "outputs"),
    [
        ("x = 1", []),
        ("print('a'); print('b')", [{"output_type": "stream", "name": "stdout", "text": "a\nb\n"}]),
        ("import sys; print('a', file=sys.stderr)", [{"output_type": "stream", "name": "stderr", "text": "a\n"}]),
        ("!echo hi", [{"output_type": "stream", "name": "stdout", "text": "hi\n"}]),
        (
            "1 + 1",
            [{"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": "2"}, "metadata": {}}],
        ),
        (
            "from IPython.display import display, HTML\ndisplay(HTML('<b>'))",
            [
                {
                    "output_type": "display_data",
                    "data": {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>"},
                    "metadata": {},
                }
            ],
        ),
    ],
)  # fmt: skip
def test_outputs_are_those_of_a_kernel(box: Sandbox, source: str, outputs: list[dict[str, Any]]) -> None:
    reply = one(box, source)
    assert (reply["ok"], reply["error"], reply["outputs"]) == (True, None, outputs)


def test_an_error_is_an_error_output_that_shows_the_students_line(box: Sandbox) -> None:
    reply = one(box, "def f():\n    return 1 / 0\nf()")
    assert (reply["ok"], reply["error"]) == (False, "ZeroDivisionError")
    (output,) = reply["outputs"]
    assert (output["output_type"], output["ename"], output["evalue"]) == (
        "error",
        "ZeroDivisionError",
        "division by zero",
    )
    assert "return" in "".join(output["traceback"])


@pytest.mark.parametrize("source", ["def f(:", "%no_such_magic", "raise SystemExit(3)", "input()", "1 +"])
def test_a_broken_cell_does_not_end_the_notebook(box: Sandbox, source: str) -> None:
    result = box.run([cell(0, source), cell(1, "print('on')")])
    assert [reply["index"] for reply in result.replies] == [0, 1]
    assert result.replies[1]["outputs"][0]["text"] == "on\n"


def test_top_level_await_runs_asyncio_and_trio(box: Sandbox) -> None:
    result = box.run(
        [
            cell(0, "import asyncio\nawait asyncio.sleep(0)\nprint('asyncio')"),
            cell(1, "%autoawait trio\nimport trio"),
            cell(2, "await trio.sleep(0)\nprint('trio')"),
        ]
    )
    assert [reply["error"] for reply in result.replies] == [None, None, None]


def test_widgets_are_displayed_without_a_kernel(box: Sandbox) -> None:
    reply = one(
        box,
        "import ipywidgets as w\ns = w.IntSlider()\ns.observe(print, 'value')\ns.value = 3\nout = w.Output()\n"
        "with out: print('inside')\nw.VBox([s, w.HTML('<b>'), out])",
    )
    assert reply["error"] is None, reply
    assert "application/vnd.jupyter.widget-view+json" in reply["outputs"][-1]["data"]


def test_a_display_can_be_updated_and_cleared(box: Sandbox) -> None:
    updated = one(box, "from IPython.display import display\nh = display('a', display_id=True)\nh.update('b')")
    assert [output["data"]["text/plain"] for output in updated["outputs"]] == ["'b'"]
    cleared = one(box, "from IPython.display import clear_output\nprint('a')\nclear_output()\nprint('b')")
    assert [output["text"] for output in cleared["outputs"]] == ["b\n"]


def test_classes_of_the_notebook_can_be_pickled(box: Sandbox) -> None:
    assert (
        one(box, "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)")["outputs"][0][
            "text"
        ]
        == "True\n"
    )


def test_every_run_starts_from_the_same_state(box: Sandbox) -> None:
    source = (
        "import random\nseen = globals().get('seen', 0) + 1\nprint(seen, random.random(), list({'a', 'b', 'c', 'd'}))"
    )
    assert one(box, source) == one(box, source)


# --- checks -----------------------------------------------------------------------------------------------------------

SPRAY = """import os, stat
    for fd in [*range(3, 99)] * 9:
        try: stat.{}(os.fstat(fd).st_mode) and os.write(fd, {})
        except OSError: pass"""
OBSERVED = "async def check():\n    _observe(0, answer())\n\nverify(check)"


def test_a_check_sees_the_students_names_and_sends_its_events(box: Sandbox) -> None:
    result = box.run([cell(0, "def answer(): return 42"), check(1, OBSERVED)])
    reply = result.replies[1]
    assert reply["status"] == "done"
    assert [event[0] for event in reply["events"]] == ["begin", "saw", "end", "begin", "saw", "end", "done"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("import os; os._exit(0)", "died"),
        ("import os; os.kill(os.getpid(), 9)", "died"),
        ("import ctypes; ctypes.string_at(0)", "died"),
        ("while True: pass", "timeout"),
        ("import os\n    if os.fork(): os._exit(0)\n    while True: pass", "died"),
        (SPRAY.format("S_ISFIFO", "b'x' * 100_000"), "flood"),
        (SPRAY.format("S_ISFIFO", "b'{' * 1000 + b'\\n'"), "garbled"),
        (SPRAY.format("S_ISSOCK", "b'{' * 1000 + b'\\n'"), "garbled"),
        (SPRAY.format("S_ISSOCK", "b'x'"), "garbled"),
    ],
)  # fmt: skip
def test_a_check_that_ends_badly_loses_only_itself(box: Sandbox, body: str, status: str) -> None:
    first_then = "calls = []\ndef answer():\n    calls.append(1)\n    if len(calls) == 1: return 1\n    " + body
    bad = check(1, OBSERVED, limit_s=1.5, max_bytes=500_000)
    bad["source"] = OBSERVED.replace("_observe(0, answer())", "_observe(0, answer())\n    _observe(1, answer())")
    result = box.run([cell(0, first_then), bad, cell(2, "def answer(): return 2"), check(3, OBSERVED)])
    assert result.verdict == "ok", result
    assert (result.replies[1]["status"], result.replies[3]["status"]) == (status, "done")
    if status in ("died", "timeout"):
        assert result.replies[1]["events"][1][:2] == ["saw", 0]  # half a transcript is still delivered


WHO = "import os\n\nasync def check():\n    await answer()\n    _observe(0, os.getpid())\n\nverify(check)"
LEAKS = "async def answer():\n    trio.lowlevel.spawn_system_task(trio.sleep_forever)"
DIES = "async def answer():\n    if 'used' in globals(): os.abort()\n    globals()['used'] = True"


TIMER = """\
import signal, time

async def answer():
    until = time.perf_counter() + 0.1
    while time.perf_counter() < until:
        pass
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
"""

DEADLY_TIMER = """\
import os, pathlib, signal, time

first = pathlib.Path("first")

async def answer():
    if not first.exists():
        first.write_text(str(os.getpid()))
    if first.read_text() == str(os.getpid()):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
    else:  # the other process takes longer than the timer
        until = time.perf_counter() + 0.02
        while time.perf_counter() < until:
            pass
"""


def processes(box: Sandbox, answer: str, *places: int) -> list[Any]:
    """The process in which each check ran: the numbers say at which place it stands."""
    cells = [cell(0, "import os, trio"), cell(1, answer)]
    marks = [{"op": "place", "index": 10 + place, "limit_s": 5.0} for place in sorted(set(places))]
    checks = [check(20 + number, WHO) | {"place": 10 + place} for number, place in enumerate(places)]
    replies = box.run([*cells, *marks, *checks]).replies[-len(checks) :]
    return [next((event[2] for event in reply["events"] if event[0] == "saw"), None) for reply in replies]


def test_the_checks_of_a_place_share_a_process_and_those_of_others_do_not(box: Sandbox) -> None:
    first, second, elsewhere, again = processes(box, "async def answer(): pass", 0, 0, 1, 0)
    assert first == second == again != elsewhere


def test_after_a_check_that_left_something_behind_the_next_one_has_a_new_process(box: Sandbox) -> None:
    thread = "async def answer():\n    import threading\n    threading.Thread(target=threading.Event().wait).start()"
    for answer in (LEAKS, thread):
        first, second = processes(box, answer, 0, 0)
        assert first != second


def test_after_a_check_that_died_the_next_one_has_a_new_process_with_the_names_of_their_place(box: Sandbox) -> None:
    pids = processes(box, DIES, 0, 0, 0)  # each dies under its second schedule
    assert None not in pids
    assert len(set(map(str, pids))) == 3


def test_a_process_that_a_timer_ends_while_it_waits_is_replaced(box: Sandbox) -> None:
    first, elsewhere, again = processes(box, DEADLY_TIMER, 0, 1, 0)
    assert None not in (first, elsewhere, again)
    assert first != again


def test_a_timer_that_a_check_has_left_does_not_end_the_next_one(box: Sandbox) -> None:
    first, second = processes(box, TIMER, 0, 0)
    assert first == second is not None


def test_a_check_changes_nothing_for_the_cells_after_it(box: Sandbox) -> None:
    result = box.run(
        [cell(0, "kept = []\ndef answer(): kept.append(1); return 1"), check(1, OBSERVED), cell(2, "print(kept)")]
    )
    assert result.replies[2]["outputs"][0]["text"] == "[]\n"


def test_what_a_check_prints_is_not_sent(box: Sandbox) -> None:
    reply = box.run([cell(0, "def answer(): print('x' * 10**7); return 1"), check(1, OBSERVED)]).replies[1]
    assert reply["status"] == "done"


def test_what_it_costs(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    def cost(*requests: dict[str, Any]) -> float:
        return statistics.median(box.run(requests).wall_s for _ in range(7)) * 1e3

    empty, cells_ = cost(), cost(*(cell(n, "1") for n in range(20)))
    with capsys.disabled():
        print(f"\nempty notebook {empty:.0f} ms, 20 cells {cells_:.0f} ms")
    assert empty < 5_000


# --- IPython's syntax ---
def test_a_cell_that_is_python_is_what_ipython_would_make_of_it() -> None:
    course = find_course(Path(__file__).resolve().parents[1])
    cells = [cell.source for lab in course.labs() for cell in lab.notebook().cells if cell.cell_type == "code"]
    plain = [cell for cell in cells if is_python(cell)]
    assert len(plain) > len(cells) / 2
    assert [TransformerManager().transform_cell(cell) for cell in plain] == [cell + "\n" for cell in plain]


@pytest.mark.parametrize(
    "cell",
    [
        "%time 1",
        "!ls",
        "x = !ls",
        "len?",
        "?len",
        "a\n/len a",
        ",f a b",
        ";f a",
        ">>> 1",
        "  x = 1",
        "\nx",
        "In [1]: x",
    ],
)
def test_a_cell_that_may_hold_ipythons_syntax_is_left_to_ipython(cell: str) -> None:
    assert not is_python(cell)
