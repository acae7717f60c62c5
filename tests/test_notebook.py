"""`%load_ext servicelab`: real errors, short tracebacks, logs on stdout."""

from __future__ import annotations

import logging
import re
import warnings

import pytest

from servicelab import notebook
from servicelab.errors import CheckFailed, Failure
from servicelab.tracebacks import has_group, related, unwritten

from .shells import bare_shell, executed

ANSI = re.compile(r"\x1b\[[0-9;]*m")

RAISE_GROUP = """\
import trio

async def child(number):
    await trio.sleep(number)
    raise OSError(f"replica {number} down")

async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(child, 1)

trio.run(main)"""
GROUP_IN_CONTEXT = """\
try:
    raise ExceptionGroup("several", [OSError("one")])
except ExceptionGroup:
    raise ValueError("while handling")"""
STUB = """\
# the exercise
async def race(*fns):
    raise NotImplementedError("Exercise 0.2: race")"""
METHOD_STUB = """\
LIMIT = 3

class Probe:
    async def status(self):
        raise NotImplementedError("Exercise 1.2: Probe.status")"""


@pytest.fixture
def shell():
    with bare_shell() as made:
        notebook.load_ipython_extension(made)
        yield made


@pytest.fixture(scope="module")
def outputs():
    """Outputs of a real kernel, by name."""
    cells = {
        "group": RAISE_GROUP,
        "context": GROUP_IN_CONTEXT,
        "plain": "from servicelab import run\nasync def fails():\n    return {}['missing']\n\nrun(fails, draw=False)",
        "stub": STUB,
        "calls stub": "run(race, draw=False)",
        "needs stub": "async def made():\n    await race()\n\nmade_by_race = run(made, draw=False)",
        "needs that": "with open('/dev/null'):\n    needs_it = made_by_race + 1",
        "needs them": "needs_it",
        "needs another": "never_made",
        "await": "await trio.sleep(0)\n'awaited'",
        "log": "import logging\nlogging.getLogger('pool').error('job %d failed', 3)",
        "warning": "import warnings\nwarnings.warn('careful')",
        "never awaited": "race()\nimport gc; _ = gc.collect()",
        "loaded again": "%reload_ext servicelab\n" + RAISE_GROUP,
        "syntax": "def f(:",
        "source": "# Check 0.2-wins: told\nimport servicelab.notebook as n\nprint(n.current_cell_source())",
    }
    return dict(zip(cells, executed(*cells.values()), strict=True))


def text_of(output) -> str:
    return ANSI.sub("", "\n".join(output.traceback))


def test_a_group_is_an_error_output(outputs):
    (error,) = outputs["group"]
    assert (error.output_type, error.ename) == ("error", "ExceptionGroup")
    assert "OSError: replica 1 down" in text_of(error)


def test_only_the_students_frames_are_shown(outputs):
    places = re.findall(r"(?:Cell|File) .*, line \d+.*", text_of(outputs["group"][0]))
    assert [re.sub(r"In\[\d+\]", "In", place) for place in places] == [
        "Cell In, line 11, in <module>",
        "Cell In, line 8, in main",
        "Cell In, line 5, in child",
    ]


def test_an_error_raised_while_a_group_is_handled_is_an_error_output(outputs):
    (error,) = outputs["context"]
    assert (error.output_type, error.ename) == ("error", "ValueError")
    assert "OSError: one" in text_of(error)


def test_a_plain_error_shows_the_lines_of_the_cell_and_nothing_of_the_library(outputs):
    (error,) = outputs["plain"]
    assert (error.ename, error.evalue) == ("KeyError", "'missing'")
    assert "----> 3     return {}['missing']" in text_of(error)
    assert "servicelab/" not in text_of(error)
    assert "site-packages" not in text_of(error)


def test_an_unwritten_exercise_is_one_sentence(outputs):
    (error,) = outputs["calls stub"]
    assert (error.ename, error.evalue) == ("NotImplementedError", "Exercise 0.2: race")
    assert text_of(error) == (
        "Exercise 0.2: race is not written yet. "
        "Write it in the cell above that begins with `async def race`, run that cell, then this one again."
    )


@pytest.mark.parametrize(("cell", "name"), [("needs that", "made_by_race"), ("needs them", "needs_it")])
def test_what_a_cell_could_not_make_is_told_with_the_exercise_it_waits_for(outputs, cell, name):
    (error,) = outputs[cell]
    assert error.ename == "NameError"
    assert text_of(error) == (
        f"`{name}` is not there yet: the cell that makes it waits for exercise 0.2: race. "
        "Write that, run its cell, then the cells from there to this one."
    )


def test_a_name_that_nobody_makes_is_an_ordinary_error(outputs):
    assert "----> 1 never_made" in text_of(outputs["needs another"][0])


def test_a_cell_may_await(outputs):
    assert outputs["await"][0].data["text/plain"] == "'awaited'"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("log", r"ERROR pool: job 3 failed\n"), ("warning", r"UserWarning: careful \(line 2\)\n")],
)
def test_logs_and_warnings_go_to_stdout_without_paths(outputs, cell, expected):
    (stream,) = outputs[cell]
    assert stream.name == "stdout"
    assert re.fullmatch(expected, stream.text)


def test_a_forgotten_await_is_told_on_stdout(outputs):
    assert [stream.name for stream in outputs["never awaited"]] == ["stdout"]
    assert "was never awaited" in outputs["never awaited"][0].text


def test_loading_again_changes_nothing(outputs):
    assert [output.ename for output in outputs["loaded again"]] == ["ExceptionGroup"]


def test_a_syntax_error_keeps_its_caret(outputs):
    (error,) = outputs["syntax"]
    assert error.ename == "SyntaxError"
    assert "^" in text_of(error)


def test_the_source_of_the_running_cell_is_known(outputs):
    assert outputs["source"][0].text.startswith("# Check 0.2-wins: told\nimport")


def test_without_a_kernel_errors_are_printed_to_stdout(shell, capsys):
    result = shell.run_cell(RAISE_GROUP)
    captured = capsys.readouterr()
    assert isinstance(result.error_in_exec, ExceptionGroup)
    assert "OSError: replica 1 down" in captured.out
    assert captured.err == ""


def test_no_cell_runs_no_source(shell):
    shell.run_cell("1")
    assert notebook.current_cell_source() is None


def test_an_error_that_shows_itself_is_left_to_do_so(shell, capsys):
    shell.user_ns["error"] = CheckFailed(Failure("Not yet: it holds.", "this", "that"))
    shell.run_cell("try:\n    raise ExceptionGroup('g', [OSError()])\nexcept ExceptionGroup:\n    raise error")
    assert ANSI.sub("", capsys.readouterr().out).splitlines() == [
        "Not yet: it holds.",
        "  Promised  this",
        "  Happened  that",
    ]


def test_the_method_of_a_class_is_looked_for_in_its_class(shell, capsys):
    shell.run_cell(METHOD_STUB)
    shell.run_cell("await Probe().status()")
    assert (
        "Exercise 1.2: Probe.status is not written yet. Write it in the cell above that holds `class Probe`"
        in capsys.readouterr().out
    )


def test_tracebacks_are_given_back_after_formatting(shell, capsys):
    error = shell.run_cell(RAISE_GROUP).error_in_exec
    files = []
    tb = error.__traceback__
    while tb:
        files.append(tb.tb_frame.f_globals["__name__"].split(".")[0])
        tb = tb.tb_next
    assert "trio" in files


def test_unloading_gives_everything_back():
    with bare_shell() as shell:
        root, before = logging.getLogger(), warnings.showwarning
        state = (shell.custom_exceptions, shell.autoawait, shell.loop_runner, list(root.handlers))
        notebook.load_ipython_extension(shell)
        notebook.load_ipython_extension(shell)
        assert len(root.handlers) == len(state[3]) + 1
        notebook.unload_ipython_extension(shell)
        assert (shell.custom_exceptions, shell.autoawait, shell.loop_runner, list(root.handlers)) == state
        assert warnings.showwarning is before
        assert "hints" not in shell.magics_manager.magics["cell"]


def test_unloading_another_shell_does_nothing(shell):
    notebook.unload_ipython_extension(object())
    assert "hints" in shell.magics_manager.magics["cell"]


def test_show_does_nothing_outside_ipython(capsys):
    notebook.show("anything")
    assert capsys.readouterr().out == ""


def test_related_errors_are_found_once_even_in_a_circle():
    one, two = ValueError(1), ExceptionGroup("g", [OSError()])
    one.__context__, two.__context__ = two, one
    assert len(list(related(one))) == 3
    assert has_group(one)


def test_a_suppressed_context_does_not_count():
    error = ValueError()
    error.__context__, error.__suppress_context__ = ExceptionGroup("g", [OSError()]), True
    assert not has_group(error)


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("async def race(): ...", "begins with `async def race`"),
        ("import trio\n\ndef race(): ...", "holds `def race`"),
        ("@asynccontextmanager\nasync def race(): ...", "begins with `async def race`"),
        ("", "defines `race`"),
    ],
)
def test_the_sentence_names_the_cell_to_write_in(source, where):
    assert f"Write it in the cell above that {where}, run that cell" in unwritten("0.2", "race", source)
