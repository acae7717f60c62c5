"""`servicelab.assemble`: the solved cells of notebooks as an importable package."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from servicelab.assemble import Assembly, Missing, assemble
from servicelab.cell_import import Finder, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
LAB = "04-backpressure"

IMPORTS = """\
%load_ext servicelab
import math
from functools import partial, reduce, wraps
import trio
from servicelab import panel, run, unseen, verify"""
GIVEN = '''\
class Overloaded(Exception):
    """Given."""


class FakeQueue:
    """For the checks only."""


LIMIT = 3
clock = trio.current_time'''
STUB = '''\
class Tickets:
    """Waits its turn."""

    def __init__(self, capacity):
        raise NotImplementedError("Exercise 4.1: Tickets.__init__")'''
SOLVED = '''\
class Tickets:
    """Waits its turn."""

    def __init__(self, capacity):
        ### BEGIN SOLUTION
        self.capacity = reduce(partial(min), [at_most(capacity)])
        ### END SOLUTION

    def hold(self):
        raise Overloaded(clock)'''
HELPER = """\
from fractions import Fraction

def at_most(capacity):
    return min(capacity, LIMIT)

tickets = Tickets(1)
print(tickets)"""
CHECK = """\
# Check 4.1-first: the first gets one
async def check():
    assert Tickets(1) == 1, "it does"


verify(check)"""


def cell(cell_id: str, source: str, kind: str = "", exercise: str = "") -> Any:
    one = new_code_cell(source, id=cell_id)
    if kind:
        flags = {"grade": kind == "grade", "solution": kind == "solution", "locked": kind != "solution", "task": False}
        one.metadata["nbgrader"] = {**flags, "grade_id": cell_id, "schema_version": 3}
    if exercise:
        one.metadata["servicelab"] = {"exercise": exercise}
    return one


def notebook(*cells: Any, module: str = "admission") -> Any:
    return new_notebook(cells=list(cells), metadata={"servicelab": {"module": module}})


def write(folder: Path, name: str, book: Any) -> None:
    (folder / name).mkdir(parents=True)
    nbformat.write(book, folder / name / f"{name}.ipynb")


def lab(solution: str, *more: Any, helper: str = HELPER) -> Any:
    return notebook(
        new_markdown_cell("# 04 Backpressure"),
        cell("setup", IMPORTS, "given"),
        cell("given-things", GIVEN, "given"),
        cell("predict", "class Tickets:\n    broken = True\nrun(Tickets)"),
        cell("e1-stub", solution, "solution", "4.1"),
        cell("my-helper", helper),
        cell("e1-try", "run(Tickets, 1)"),
        cell("e1-check", CHECK, "grade"),
        *more,
        cell("panel", "panel('Explore', run)"),
    )


@pytest.fixture(autouse=True)
def _no_package_left() -> Iterator[None]:
    yield
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, Finder)]
    for name in [name for name in sys.modules if name.partition(".")[0] == "service"]:
        del sys.modules[name]


def assembled(tmp_path: Path, book: Any) -> tuple[Assembly, ModuleType, str]:
    write(tmp_path / "labs", LAB, book)
    assembly = assemble(tmp_path / "labs", tmp_path / "out")
    module = load(assembly)["admission"]
    return assembly, module, (tmp_path / "out" / "service" / "admission.py").read_text()


def names(module: ModuleType) -> set[str]:
    return {name for name in vars(module) if not name.startswith("_")}


def test_a_solved_exercise_comes_with_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    assembly, module, _ = assembled(tmp_path, lab(SOLVED))
    assert names(module) == {"trio", "partial", "reduce", "Overloaded", "LIMIT", "clock", "Tickets", "at_most"}
    assert (module.Tickets(9).capacity, assembly.missing) == (3, [])


def test_the_module_can_be_read_and_names_its_cells(tmp_path: Path) -> None:
    _, module, text = assembled(tmp_path, lab(SOLVED))
    assert module.__doc__ == "What lab 04-backpressure gives your service. Made anew at each start: edit the lab."
    assert [line for line in text.split("\n") if line.startswith("# %%")] == [
        "# %% 04-backpressure, cell setup",
        "# %% 04-backpressure, cell given-things",
        "# %% 04-backpressure, cell e1-stub, exercise 4.1",
        "# %% 04-backpressure, cell my-helper",
    ]
    assert "from functools import partial, reduce\n" in text
    assert "SOLUTION" not in text


def test_an_unsolved_exercise_is_left_out_and_told(tmp_path: Path) -> None:
    assembly, module, _ = assembled(tmp_path, lab(STUB))
    assert names(module) == {"Overloaded"}
    assert assembly.missing == [Missing(LAB, "4.1", ("Tickets",), "is not solved yet")]
    assert str(assembly.missing[0]) == "exercise 4.1 (Tickets) is not solved yet"


def test_an_exercise_of_several_cells_is_told_once_and_its_solved_cells_are_used(tmp_path: Path) -> None:
    two = "def second():\n    raise NotImplementedError('Exercise 4.1: second')"
    three = "def third():\n    return 3"
    more = [cell("e1-b", two, "solution", "4.1"), cell("e1-c", three, "solution", "4.1")]
    assembly, module, _ = assembled(tmp_path, lab(STUB, *more))
    assert assembly.missing == [Missing(LAB, "4.1", ("Tickets", "second"), "is not solved yet")]
    assert module.third() == 3


def test_an_error_of_ones_own_is_no_stub(tmp_path: Path) -> None:
    own = "def later():\n    raise NotImplementedError('not in this version')"
    assembly, _, _ = assembled(tmp_path, lab(SOLVED, cell("e2", own, "solution", "4.2")))
    assert assembly.missing == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def broken(:\n    pass", "has a syntax error in line 1: invalid syntax"),
        ("# all gone", "is not solved yet"),
        (
            "limit = 1 / 0\n\n\ndef broken():\n    return limit",
            "fails on import (cell e2): ZeroDivisionError: division by zero",
        ),
    ],
)
def test_a_cell_that_cannot_be_used_costs_its_exercise_only(tmp_path: Path, source: str, reason: str) -> None:
    assembly, module, _ = assembled(tmp_path, lab(SOLVED, cell("e2", source, "solution", "4.2")))
    [missing] = assembly.missing
    assert (missing.exercise, missing.reason) == ("4.2", reason)
    assert module.Tickets(2).capacity == 2


def test_a_given_cell_that_fails_is_told_of_its_lab(tmp_path: Path) -> None:
    more = [
        cell("given-more", "import nowhere_at_all", "given"),
        cell("e2", "def f():\n    return nowhere_at_all", "solution", "4.2"),
    ]
    assembly, _, _ = assembled(tmp_path, lab(SOLVED, *more))
    assert list(map(str, assembly.missing)) == [
        "lab 04-backpressure fails on import (cell given-more): ModuleNotFoundError: No module named 'nowhere_at_all'"
    ]


def test_nothing_that_runs_in_a_notebook_comes_along(tmp_path: Path) -> None:
    helper = "at_most = min\nLIMIT_HERE = run(min, 1, 2)\nother = run"
    solved = SOLVED.replace("at_most(capacity)", "at_most(capacity, LIMIT_HERE)")
    _, module, text = assembled(tmp_path, lab(solved, helper=helper))
    assert "run" not in text
    assert "LIMIT_HERE" not in names(module)


def test_a_traceback_names_the_cell_and_shows_its_line(tmp_path: Path) -> None:
    _, module, _ = assembled(tmp_path, lab(SOLVED))
    try:
        module.Tickets(1).hold()
    except module.Overloaded:
        frame = traceback.extract_tb(sys.exc_info()[2])[-1]
    assert (frame.filename, frame.lineno) == ("04-backpressure, cell e1-stub", 10)
    assert frame.line == "raise Overloaded(clock)"


def test_the_package_can_be_imported_by_name_and_loaded_anew(tmp_path: Path) -> None:
    assembled(tmp_path / "one", lab(SOLVED))
    from service.admission import Tickets  # type: ignore[import-not-found]

    assert Tickets(7).capacity == 3
    _, module, _ = assembled(tmp_path / "two", lab(SOLVED.replace("at_most(capacity)", "capacity")))
    assert module.Tickets(7).capacity == 7


def test_copies_and_other_notebooks_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "labs", LAB, lab(SOLVED))
    copy = lab(SOLVED.replace("LIMIT", "9"))
    nbformat.write(copy, tmp_path / "labs" / LAB / f"{LAB}-Copy1.ipynb")
    write(tmp_path / "labs", "scratch", new_notebook())
    assert assemble(tmp_path / "labs", tmp_path / "out").modules == ("admission",)


def test_a_folder_without_labs_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"^expected the labs' notebooks in .*, as in .*/01-readyz/01-readyz.ipynb$"
    ):
        assemble(tmp_path)


def test_the_reference_solutions_assemble_whole(tmp_path: Path) -> None:
    assembly = assemble(ROOT / "solutions", tmp_path)
    modules = load(assembly)
    assert assembly.missing == []
    assert {"gather", "race", "pipeline"} <= names(modules["basics"])
    assert {"healthz", "Probe", "ProbeStatus", "Readiness", "create_app"} <= names(modules["health"])


def test_the_released_labs_have_everything_still_to_solve(tmp_path: Path) -> None:
    solved, released = (assemble(ROOT / folder, tmp_path / folder) for folder in ("solutions", "labs"))
    assert released.modules == solved.modules
    exercises = [one.exercise for one in released.missing]
    assert exercises == sorted(set(exercises), key=lambda number: [int(part) for part in number.split(".")])
    assert {"0.1", "0.5", "1.1", "1.5"} <= set(exercises)


def test_what_is_no_notebook_is_told(tmp_path: Path) -> None:
    (tmp_path / LAB).mkdir()
    (tmp_path / LAB / f"{LAB}.ipynb").write_text("{}")
    with pytest.raises(ValueError, match=r"^expected a notebook, not what is in .*04-backpressure.ipynb: KeyError: "):
        assemble(tmp_path)
