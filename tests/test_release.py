"""What students get: genuine nbgrader, the same bytes every time, and no solution anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from nbgrader.utils import compute_checksum
from nbgrader.validator import Validator

from autograder import leaks, notebooks, release
from autograder.course import Course, find_course
from autograder.errors import CourseError, ReleaseError
from autograder.stubs import stubbed

from .tiny_course import FOLDER, RELEASED, SOURCE, cell_of, edit, make_course

REAL = find_course(Path(__file__).parent.parent)
PRESENT = [folder for folder in REAL.folders if REAL.source(folder).is_file()]
WIDGETS = {"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2, "version_minor": 0}}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = make_course(tmp_path)
    assert [changed for _, changed in release.release(course, course.folders)] == [True]
    return course


def findings(course: Course) -> list[tuple[str, str, str]]:
    return [(finding.file, finding.rule, finding.mend) for finding in release.check(course, course.folders)]


def test_a_fresh_release_is_neither_stale_nor_leaking(course):
    assert findings(course) == []


def test_the_same_source_gives_the_same_bytes(course):
    assert release.generate(course, FOLDER) == (course.root / RELEASED).read_text(encoding="utf-8")
    assert [changed for _, changed in release.release(course, course.folders)] == [False]


def test_the_released_notebook_is_genuine_nbgrader(course):
    released = notebooks.read(course.root / RELEASED)
    marked = [cell for cell in released.cells if "nbgrader" in cell.metadata]

    assert all(cell.metadata.nbgrader.checksum == compute_checksum(cell) for cell in marked)
    assert cell_of(released, "e1-check-doubles").metadata.editable is False
    assert [cell.id for cell in released.cells] == [cell.id for cell in course.lab("00").notebook().cells]


def test_stub_hidden_check_and_interview_are_what_a_student_sees(course):
    released = notebooks.read(course.root / RELEASED)

    assert cell_of(released, "e1-stub").source.endswith('\n    raise NotImplementedError("Exercise 0.1: double")')
    assert cell_of(released, "e1-check-waits").source == "# Check 0.1-waits: double takes as long as the function"
    assert cell_of(released, "interview-answer").source == "*Your answer here.*"


def test_one_trailing_newline_sorted_keys_indent_one(course):
    text = (course.root / RELEASED).read_text(encoding="utf-8")

    assert text == json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def test_volatile_metadata_is_left_behind(tmp_path):
    def change(notebook):
        notebook.metadata.update(widgets=WIDGETS, toc={}, jupytext={"formats": "ipynb,py:percent"})
        cell_of(notebook, "setup").metadata.update(execution={"iopub.status.idle": "x"}, collapsed=True)

    released = json.loads(release.generate(make_course(tmp_path, change), FOLDER))

    assert sorted(released["metadata"]) == ["covers", "kernelspec", "language_info", "servicelab"]
    assert sorted(released["cells"][1]["metadata"]) == ["deletable", "editable", "nbgrader"]


METHOD = """\
class Probe:
    async def status(self):
        ### BEGIN SOLUTION
        return 1
        ### END SOLUTION"""

METHOD_STUB = """\
class Probe:
    async def status(self):
        raise NotImplementedError("Exercise 1.2: Probe.status")"""

CLASS = """\
class Probe:
    'a probe'

    ### BEGIN SOLUTION
    def a(self):
        return 1
    ### END SOLUTION"""

CLASS_STUB = """\
class Probe:
    'a probe'

    def __init__(self, *args, **kwargs):
        raise NotImplementedError("Exercise 1.2: Probe")"""

TWO = """\
def f():
    ### BEGIN SOLUTION
    # a comment

    def inner():
        return 1
    return inner
    ### END SOLUTION

def g():
    ### BEGIN SOLUTION
    return 2
    ### END SOLUTION"""

TWO_STUBS = """\
def f():
    raise NotImplementedError("Exercise 1.2: f")

def g():
    raise NotImplementedError("Exercise 1.2: g")"""

BARE = """\
### BEGIN SOLUTION
x = 1
### END SOLUTION"""


@pytest.mark.parametrize(
    ("source", "stub"),
    [
        (METHOD, METHOD_STUB),
        (CLASS, CLASS_STUB),
        (TWO, TWO_STUBS),
        (BARE, 'raise NotImplementedError("Exercise 1.2")'),
    ],
)
def test_a_stub_names_what_is_to_be_written(source, stub):
    assert stubbed(source, "1.2") == stub


def test_an_edit_of_a_released_notebook_is_stale(course):
    edit(course.root / RELEASED, lambda document: document["cells"][0]["source"].append(" "))

    assert findings(course) == [(RELEASED.as_posix(), "stale", f"autograder release {FOLDER}")]


def test_a_missing_notebook_is_stale(course):
    (course.root / RELEASED).unlink()

    assert findings(course) == [(RELEASED.as_posix(), "stale", f"autograder release {FOLDER}")]


def test_a_paired_file_beside_the_source_is_refused_by_name(course):
    paired = course.root / SOURCE.with_suffix(".py")
    paired.write_text(course.lab("00").notebook().cells[9].source, encoding="utf-8")
    name = SOURCE.with_suffix(".py").as_posix()

    assert findings(course) == [(name, "stranger", f"rm '{name}'")]
    with pytest.raises(ReleaseError, match=rf"^{name}: file: stranger: is paired with the notebook \(jupytext\)"):
        list(release.release(course, course.folders))


def test_any_other_file_beside_the_source_is_refused_unless_listed(course):
    (course.root / SOURCE).with_name("data.txt").write_text("1", encoding="utf-8")
    assert [rule for _, rule, _ in findings(course)] == ["stranger"]

    toml = course.root / "solutions" / "course.toml"
    toml.write_text(toml.read_text().replace("[files]", f'[files]\n"{FOLDER}" = ["data.txt"]'), encoding="utf-8")
    listed = find_course(course.root)
    assert [rule for _, rule, _ in findings(listed)] == ["stale"]
    list(release.release(listed, listed.folders))
    assert findings(listed) == []


@pytest.mark.parametrize(("path", "command"), [(SOURCE, "outputs"), (RELEASED, "release")])
def test_saved_widget_state_is_found_and_the_command_that_mends_it_named(course, path, command):
    edit(course.root / path, lambda document: document["metadata"].update(widgets=WIDGETS))

    assert (path.as_posix(), "widget-state", f"autograder {command} {FOLDER}") in findings(course)


@pytest.mark.parametrize(
    "secret", ["secret_value = await async_fn()", "hidden_delay = unseen(", "The model answer about"]
)
def test_a_secret_in_metadata_of_a_released_notebook_is_a_leak(course, secret):
    def put(document):
        source = "\n".join(line for cell in course.lab("00").notebook().cells for line in cell.source.split("\n"))
        line = next(line for line in source.split("\n") if secret in line)
        document["metadata"]["notes"] = {"deep": [{"text": f"<pre>{line}</pre>\n{line}"}]}

    edit(course.root / RELEASED, put)

    assert (RELEASED.as_posix(), "leak", f"autograder release {FOLDER}") in findings(course)


def test_a_solution_in_another_file_under_labs_is_a_leak(course):
    (course.root / "labs" / "NOTES.md").write_text("    return secret_value + secret_value\n", encoding="utf-8")

    assert [(file, rule) for file, rule, _ in findings(course)] == [("labs/NOTES.md", "leak")]


def test_the_library_may_share_an_idiom_but_not_a_passage(tmp_path):
    body = "    first_thing = 1 + 1\n    second_thing = 2 + 2\n    return first_thing + second_thing\n"

    def change(notebook):
        cell_of(notebook, "e1-stub").source = f"def f():\n    ### BEGIN SOLUTION\n{body}    ### END SOLUTION"

    course = make_course(tmp_path, change)
    list(release.release(course, course.folders))
    library = course.root / "labs" / "servicelab" / "idioms.py"
    library.write_text("second_thing = 2 + 2\n", encoding="utf-8")
    assert findings(course) == []
    library.write_text(f"def f():\n{body}", encoding="utf-8")
    assert [(file, rule) for file, rule, _ in findings(course)] == [("labs/servicelab/idioms.py", "leak")]


def test_a_folder_of_no_lab_is_found(course):
    (course.root / "labs" / "07-old").mkdir()

    assert findings(course) == [("labs/07-old", "stranger", "rm -r 'labs/07-old'")]


def test_a_solution_cell_without_region_is_refused(tmp_path):
    course = make_course(tmp_path, lambda notebook: cell_of(notebook, "e1-stub").update(source="x = 1"))

    with pytest.raises(CourseError, match=r"cell e1-stub: expected ### BEGIN SOLUTION and ### END SOLUTION in it$"):
        release.generate(course, FOLDER)


def test_alembic_is_found_when_the_environment_is_not_activated(monkeypatch):
    monkeypatch.setenv("PATH", os.defpath)

    with release.scripts_on_path():
        found = subprocess.run(["alembic", "--version"], capture_output=True, check=True, text=True)

    assert found.stdout.startswith("alembic")
    assert os.environ["PATH"] == os.defpath


def test_stock_nbgrader_with_our_configuration_gives_the_same_notebook(course):
    config = Path(__file__).parent.parent / "nbgrader_config.py"
    (course.root / "nbgrader_config.py").write_text(config.read_text(encoding="utf-8"), encoding="utf-8")
    wanted = (course.root / RELEASED).read_text(encoding="utf-8")
    (course.root / SOURCE).with_suffix(".py").write_text("a paired file", encoding="utf-8")
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", FOLDER, "--force"]
    root = REAL.root
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command, cwd=course.root, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": path}
    )

    assert done.returncode == 0, done.stderr
    assert (course.root / RELEASED).read_text(encoding="utf-8").rstrip("\n") == wanted.rstrip("\n")
    assert [path.name for path in (course.root / RELEASED).parent.iterdir()] == [RELEASED.name]


@pytest.mark.parametrize("folder", PRESENT)
def test_the_labs_are_what_their_sources_give_and_leak_nothing(folder):
    assert [str(finding) for finding in release.check(REAL, [folder])] == []


@pytest.mark.parametrize("folder", PRESENT)
def test_nbgraders_validator_fails_each_released_notebook_and_passes_each_source(folder):
    assert "failed" in _validate(REAL.released(folder))
    assert _validate(REAL.source(folder)) == {}


def _validate(path: Path) -> dict[str, object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's and nbconvert's own
        results: dict[str, object] = Validator().validate(str(path))
    return results


def test_a_secret_that_is_public_anyway_is_none(tmp_path):
    def change(notebook):
        cell_of(notebook, "map").source += "\n```python\nsecret_value = await async_fn()\n```"

    secrets = leaks.collect([make_course(tmp_path, change).lab("00").notebook()])

    assert secrets.leak("secret_value = await async_fn()") is None
    assert secrets.leak("x\n  return secret_value + secret_value") is not None
