"""What student code can do to a check that runs beside it, and what is put back before it does."""

from __future__ import annotations

import ast
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import trio

from autograder.graded_cells import report_functions
from autograder.sandbox import Result, Sandbox
from servicelab.observe import run_check

CHECK = """\
async def check():
    seconds = unseen("seconds").randint(1, 9)

    async def sleeper():
        await trio.sleep(seconds)
        return seconds

    _observe(0, await solution(sleeper))
    _observe(1, trio.current_time())

verify(check)
"""
SOLUTION = "async def solution(fn):\n    return await fn()\n"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(unsafe=shutil.which("bwrap") is None) as opened:
        yield opened


def run(box: Sandbox, *before: str, after: tuple[str, ...] = (), check: str = CHECK) -> Result:
    """Cells, the place of a check, more cells, then the check itself."""
    cells = [cell(number, source) for number, source in enumerate(before)]
    cells.append({"op": "place", "index": 100, "limit_s": 5})
    cells += [cell(200 + number, source) for number, source in enumerate(after)]
    asked = {
        "op": "check",
        "index": 100,
        "id": "0.1-x",
        "source": check,
        "schedules": [[], [1]],
        "seed": "s",
        "limit_s": 5,
    }
    return box.run([*cells, asked])


def cell(index: int, source: str, **more: object) -> dict[str, Any]:
    return {"op": "cell", "index": index, "source": source, "limit_s": 5, **more}


def seen(result: Result) -> list[list[Any]]:
    return [event[1:] for event in result.replies[-1]["events"] if event[0] == "saw"]


def honest(box: Sandbox) -> list[list[Any]]:
    return seen(run(box, "import trio", SOLUTION))


TAMPERING = {
    "a name of a module": "trio.current_time = lambda: 0.0",
    "a method of a class": "import trio.testing\ntrio.testing.MockClock.current_time = lambda self: 0.0",
    "the code of a function": "async def at_once(seconds):\n    pass\ntrio.sleep.__code__ = at_once.__code__",
    "the defaults of a function": "trio.sleep.__defaults__ = (0,)",
    "a generator": "import random\nrandom.Random.randint = random.Random.getrandbits = lambda *args: 1",
    "a builtin": "import builtins\nbuiltins.sorted = builtins.max = lambda *args: 0",
    "a builtin hidden in a library": "from servicelab import values\nvalues.list = values.isinstance = None",
    "a name in the notebook": "class trio:\n    current_time = staticmethod(lambda: 0.0)",
    "the namespace's builtins": "__builtins__ = {}",
    "the imported modules": "import sys\nsys.modules['trio'] = sys.modules['random'] = None",
    "a tracer": "import sys\nsys.settrace(lambda *args: None)",
    "the code of the observer": "from servicelab.values import encode\nencode.__code__ = (lambda *args: []).__code__",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_what_was_changed_is_put_back_before_the_check(box: Sandbox, what: str):
    found = seen(run(box, "import trio as library\nimport trio", SOLUTION, TAMPERING[what]))
    assert found == honest(box)


def test_a_changed_built_in_type_ends_the_check(box: Sandbox):
    change = "import gc\ngc.get_referents(list.__dict__)[0]['append'] = lambda self, item: None"
    result = run(box, "import trio", SOLUTION, change)
    assert result.replies[-1]["events"] == []
    assert result.replies[-1]["status"] == "died"


def test_a_check_sees_the_names_of_its_place_and_no_later_ones(box: Sandbox):
    check = "def check():\n    _observe(0, (early, 'late' in globals()))\nverify(check)"
    found = seen(run(box, "early = 1", after=("early, late = 2, 3",), check=check))
    assert found[0][1] == ["tuple", [["int", "1"], ["bool", False]]]


def test_no_cell_sees_a_check(box: Sandbox):
    look = "import gc\nprint([text for text in gc.get_objects() if 'sleeper' in str(text)][:1])\n"
    spy = (
        "import sys\nkept = []\nframe = sys._getframe()\nwhile frame:\n"
        "    loads = frame.f_globals.get('_loads')\n"
        "    if loads:\n"
        "        frame.f_globals['_loads'] = lambda line, loads=loads: kept.append(line) or loads(line)\n"
        "    frame = frame.f_back"
    )
    result = run(box, "import trio", SOLUTION, spy, after=("print(kept)", look))
    told = json.dumps([reply.get("outputs") for reply in result.replies])
    assert "seconds).randint" not in told
    assert "async def sleeper" not in told


def test_what_the_cells_started_has_ended_before_a_check(box: Sandbox):
    start = "import subprocess, sys\ncommand = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
    start += "subprocess.Popen(command, start_new_session=True)"
    check = (
        "def check():\n    import os\n"
        "    names = [n for n in os.listdir('/proc') if n.isdigit()]\n"
        "    commands = [open(f'/proc/{n}/cmdline', 'rb').read() for n in names]\n"
        "    _observe(0, [one for one in commands if b'time.sleep(60)' in one])\nverify(check)"
    )
    assert seen(run(box, start, check=check))[0][1] == ["list", []]


def test_what_a_given_cell_defined_stands_above_what_came_later(box: Sandbox):
    check = "def check():\n    _observe(0, helper())\nverify(check)"
    asked = {"op": "check", "index": 9, "id": "x", "source": check, "schedules": [[]], "seed": "s", "limit_s": 5}
    cells = [cell(0, "def helper():\n    return 'given'", given=True), cell(1, "def helper():\n    return 'mine'")]
    code = cell(2, "def other():\n    return 'mine'")
    place = {"op": "place", "index": 9, "limit_s": 5}
    assert seen(box.run([*cells, code, place, asked])) == [[0, ["str", "given"]]]


def test_the_code_of_a_given_function_is_put_back(box: Sandbox):
    check = "def check():\n    _observe(0, helper())\nverify(check)"
    asked = {"op": "check", "index": 9, "id": "x", "source": check, "schedules": [[]], "seed": "s", "limit_s": 5}
    change = "helper.__code__ = (lambda: 'mine').__code__"
    found = box.run([cell(0, "def helper():\n    return 'given'", given=True), cell(1, change), asked])
    assert seen(found) == [[0, ["str", "given"]]]


def test_a_class_of_a_given_cell_stays_the_same_class(box: Sandbox):
    check = "def check():\n    _observe(0, isinstance(made, Given))\nverify(check)"
    asked = {"op": "check", "index": 9, "id": "x", "source": check, "schedules": [[]], "seed": "s", "limit_s": 5}
    found = box.run([cell(0, "class Given:\n    pass", given=True), cell(1, "made = Given()"), asked])
    assert seen(found) == [[0, ["bool", True]]]


# --- what the functions of a check report ---
def events_of(source: str, **names: object) -> list[Any]:
    events: list[Any] = []
    report_functions(tree := ast.parse(source))
    run_check(dict(names), ast.unparse(tree), [()], "seed", events.append)
    return events


def test_functions_that_ran_are_counted_with_those_that_were_cancelled():
    async def first_only(sleeper: Any) -> Any:
        with trio.move_on_after(0.5):
            await sleeper()
        return await sleeper()

    end = next(event for event in events_of(CHECK, solution=first_only) if event[0] == "end")
    assert end[5] == [[1, 0], [2, 1]]


def test_functions_that_were_only_read_are_not_counted():
    async def reads(sleeper: Any) -> Any:
        [held] = sleeper.__closure__[:1]
        return held.cell_contents

    end = next(event for event in events_of(CHECK, solution=reads) if event[0] == "end")
    assert end[5] == [[1, 0], [0, 0]]


def test_a_clock_that_is_turned_back_is_a_problem():
    async def turns_back(sleeper: Any) -> Any:
        value = await sleeper()
        trio.lowlevel.current_clock()._virtual_base = 0.0  # type: ignore[attr-defined]
        return value

    kinds = [event[1] for event in events_of(CHECK, solution=turns_back) if event[0] == "problem"]
    assert kinds == ["clock", "clock"][: len(kinds)]
    assert kinds


def test_a_generator_and_a_method_of_a_check_work_as_before():
    source = """
class Store:
    def __init__(self):
        self.items = [1, 2]

    async def each(self):
        for item in self.items:
            yield item

async def check():
    total = 0

    def add(n):
        nonlocal total
        total += n
        return total

    async for item in Store().each():
        add(item)
    _observe(0, total)

verify(check)
"""
    assert [event for event in events_of(source) if event[0] == "saw"] == [["saw", 0, ["int", "3"]]]


def test_restoring_in_a_process_of_its_own_leaves_random_numbers_alone():
    code = "from servicelab import kept; import random; kept.remember_everything(); random.seed(1); kept.restore()"
    code += "; print(random.random())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    random.seed(1)
    assert float(done.stdout) == random.random()
