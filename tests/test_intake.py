from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import compute_checksum

from autograder.intake import NO_TIME, Intake, examine, small_file
from autograder.strict import Malformed

NAME = "00-first.ipynb"
STUB = 'def double(x):\n    raise NotImplementedError("Exercise 0.1: double")\n'
ANSWER = "def double(x):\n    return 2 * x\n"
CHECK = "# Check 0.1-doubles: twice as much\nassert double(2) == 4\n"


def marks(grade_id: str, **kinds: Any) -> dict[str, Any]:
    base = {
        "grade_id": grade_id,
        "schema_version": 3,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
    }
    return {"nbgrader": base | kinds}


def source() -> Any:
    graded = {"grade": True, "locked": True, "points": 2}
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        cells=[
            new_markdown_cell("# First", id="title"),
            new_code_cell("%load_ext servicelab", id="setup", metadata=marks("0-setup", locked=True)),
            new_code_cell(ANSWER, id="e1-stub", metadata=marks("0_1-solution", solution=True)),
            new_code_cell("double(1)", id="e1-try"),
            new_code_cell(CHECK, id="e1-check", metadata=marks("0_1-doubles", **graded)),
            new_code_cell("pass", id="e2-stub", metadata=marks("0_2-solution", solution=True)),
            new_code_cell("assert True", id="e2-check", metadata=marks("0_2-more", **graded)),
            new_markdown_cell("", id="why", metadata=marks("0-interview", grade=True, solution=True, points=1)),
        ],
    )


def released() -> dict[str, Any]:
    notebook = source()
    notebook.cells[2].source = STUB
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.checksum = compute_checksum(cell)
    result: dict[str, Any] = json.loads(nbformat.writes(notebook))
    for cell in result["cells"]:
        cell["source"] = "".join(cell["source"])
    return result


def solved() -> dict[str, Any]:
    document = released()
    document["cells"][2]["source"] = ANSWER
    return document


def submit(folder: Path, document: Any, name: str = NAME) -> Intake:
    (folder / name).write_text(document if isinstance(document, str) else json.dumps(document))
    return examine(folder, name=NAME, source=source())


def texts(intake: Intake) -> list[str]:
    assert intake.notebook is not None, intake.reason
    return [cell.source for cell in intake.notebook.cells]


EXPECTED = [
    "# First", "%load_ext servicelab", ANSWER, "double(1)", CHECK, "pass", "assert True", "",
]  # fmt: skip


def test_an_honest_submission_passes_unchanged(tmp_path: Path) -> None:
    intake = submit(tmp_path, solved())
    assert (intake.status, intake.reason, intake.repairs, intake.ignored) == ("ok", "", (), ())
    assert texts(intake) == EXPECTED


def test_the_result_is_a_valid_notebook_with_the_ids_of_the_source(tmp_path: Path) -> None:
    notebook = submit(tmp_path, solved()).notebook
    nbformat.validate(notebook)
    assert [cell.id for cell in notebook.cells] == [cell.id for cell in source().cells]
    assert [cell.metadata for cell in notebook.cells] == [cell.metadata for cell in source().cells]


def test_a_changed_check_gets_the_text_of_the_source_and_is_told(tmp_path: Path) -> None:
    document = solved()
    document["cells"][4]["source"] = "pass"
    intake = submit(tmp_path, document)
    assert texts(intake) == EXPECTED
    assert intake.repairs == ("0_1-doubles: the cell is locked and had been changed; the original counts",)


def test_a_deleted_check_and_set_up_cell_are_put_back_in_their_places(tmp_path: Path) -> None:
    document = solved()
    del document["cells"][4], document["cells"][1]
    intake = submit(tmp_path, document)
    assert [text for text in texts(intake) if text != "# First"] == EXPECTED[1:]
    assert "0-setup: the cell was missing and was put back" in intake.repairs


def test_a_deleted_solution_is_never_filled_from_the_source(tmp_path: Path) -> None:
    document = solved()
    del document["cells"][2]
    intake = submit(tmp_path, document)
    assert 'raise NotImplementedError("the cell 0_1-solution is missing")' in texts(intake)
    assert ANSWER not in texts(intake)


@pytest.mark.parametrize("first", ["edited", "untouched"])
def test_of_a_doubled_solution_the_edited_one_counts(tmp_path: Path, first: str) -> None:
    document = solved()
    untouched = copy.deepcopy(released()["cells"][2]) | {"id": "other"}
    document["cells"].insert(2 if first == "untouched" else 3, untouched)
    intake = submit(tmp_path, document)
    assert texts(intake) == EXPECTED
    assert intake.repairs == ("0_1-solution: the cell was there 2 times; the first one that was edited counts",)


def test_both_halves_of_a_split_solution_run(tmp_path: Path) -> None:
    document = solved()
    half = copy.deepcopy(document["cells"][2]) | {"id": "half", "source": "def helper(): return 2"}
    document["cells"].insert(2, half)
    assert texts(submit(tmp_path, document))[2:4] == ["def helper(): return 2", ANSWER]


def test_a_doubled_check_counts_once(tmp_path: Path) -> None:
    document = solved()
    document["cells"].insert(3, copy.deepcopy(document["cells"][4]) | {"id": "again"})
    assert texts(submit(tmp_path, document)).count(CHECK) == 1


def test_extra_cells_stay_where_they_are_without_marks(tmp_path: Path) -> None:
    document = solved()
    forged = {"cell_type": "code", "id": "mine", "source": "x = 1", "outputs": [], "execution_count": None,
              "metadata": marks("0_9-bonus", grade=True, locked=True, points=100)}  # fmt: skip
    document["cells"].insert(2, forged)
    notebook = submit(tmp_path, document).notebook
    assert notebook is not None
    assert (notebook.cells[2].source, notebook.cells[2].metadata) == ("x = 1", {})


def test_moved_cells_go_back_to_the_order_of_the_source(tmp_path: Path) -> None:
    document = solved()
    document["cells"].insert(2, document["cells"].pop(4))
    intake = submit(tmp_path, document)
    assert [text for text in texts(intake) if text != "double(1)"] == [text for text in EXPECTED if text != "double(1)"]
    assert intake.repairs == ("cells that had been moved were put back in the order of the assignment",)


def test_a_retyped_solution_becomes_code_again(tmp_path: Path) -> None:
    document = solved()
    cell = document["cells"][2]
    document["cells"][2] = {"cell_type": "markdown", "id": cell["id"], "metadata": cell["metadata"], "source": ANSWER}
    intake = submit(tmp_path, document)
    assert texts(intake) == EXPECTED
    assert intake.repairs == ("0_1-solution: the markdown cell was made a code cell again",)


def test_points_and_kinds_come_from_the_source(tmp_path: Path) -> None:
    document = solved()
    document["cells"][4]["metadata"]["nbgrader"] |= {"points": 1000, "solution": True, "schema_version": 1}
    notebook = submit(tmp_path, document).notebook
    assert notebook is not None
    assert notebook.cells[4].metadata.nbgrader.points == 2


def test_a_notebook_of_another_editor_without_ids_is_read(tmp_path: Path) -> None:
    document = solved() | {"nbformat_minor": 4}
    for cell in document["cells"]:
        del cell["id"]
        cell["source"] = cell["source"].replace("\n", "\r\n").splitlines(keepends=True)
    (tmp_path / NAME).write_bytes(b"\xef\xbb\xbf" + json.dumps(document, indent=7).encode())
    intake = examine(tmp_path, name=NAME, source=source())
    assert (intake.status, texts(intake)) == ("ok", EXPECTED)
    nbformat.validate(intake.notebook)


def test_a_notebook_of_format_3_is_read(tmp_path: Path) -> None:
    cells = solved()["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
    document = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    assert texts(submit(tmp_path, document)) == EXPECTED


def test_cells_that_lost_their_marks_are_recognised_by_their_ids(tmp_path: Path) -> None:
    document = solved()
    for cell in document["cells"]:
        cell["metadata"] = {}
    intake = submit(tmp_path, document)
    assert texts(intake) == EXPECTED
    assert len(intake.repairs) == 6


@pytest.mark.parametrize(
    ("stamp", "repairs"),
    [
        (b"2030-01-01 12:00:00 UTC", ()),
        (b"2030-01-01 12:00:00.123456 Europe/Berlin\n", ()),
        (b"next thursday", (NO_TIME,)),
        (b"\xff\x00", (NO_TIME,)),
        (b"9999-12-31 23:59:59 UTC-14:00", (NO_TIME,)),
    ],
)
def test_a_time_stamp_that_cannot_be_read_is_left_out_and_said(tmp_path: Path, stamp: bytes, repairs: Any) -> None:
    (tmp_path / NAME).write_text(json.dumps(released()))
    (tmp_path / "timestamp.txt").write_bytes(stamp)
    assert examine(tmp_path, name=NAME, source=source()).repairs == repairs
    if repairs:
        with pytest.raises(Malformed, match=r"^it is no time stamp$"):
            small_file(tmp_path, "timestamp.txt")
    else:
        assert small_file(tmp_path, "timestamp.txt") == stamp


def test_a_renamed_notebook_is_accepted_and_flagged(tmp_path: Path) -> None:
    intake = submit(tmp_path, solved(), "My solution.ipynb")
    assert (intake.status, intake.name) == ("renamed", "My solution.ipynb")
    assert intake.reason == f"the notebook was handed in as My solution.ipynb, not as {NAME}"
    assert texts(intake) == EXPECTED


def test_two_renamed_notebooks_are_ambiguous(tmp_path: Path) -> None:
    submit(tmp_path, solved(), "a.ipynb")
    assert submit(tmp_path, solved(), "b.ipynb").status == "ambiguous"


def test_unknown_files_are_left_out_and_known_ones_kept(tmp_path: Path) -> None:
    (tmp_path / "trio.py").write_text("raise SystemExit")
    (tmp_path / "data.csv").write_text("1,2")
    (tmp_path / "timestamp.txt").write_text("2026-01-01")
    (tmp_path / NAME).write_text(json.dumps(solved()))
    intake = examine(tmp_path, name=NAME, source=source(), known=["data.csv"])
    assert (intake.ignored, intake.files) == (("trio.py",), {"data.csv": b"1,2"})


def _deep() -> str:
    return '{"nbformat": 4, "cells": ' + "[" * 100_000 + "]" * 100_000 + "}"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("", "corrupt"),
        ("{", "corrupt"),
        ("[]", "corrupt"),
        ("null", "corrupt"),
        (_deep(), "corrupt"),
        ('{"nbformat": 4, "cells": 3}', "corrupt"),
        ('{"nbformat": 9, "cells": []}', "corrupt"),
        ('{"nbformat": {"a": 1}, "cells": []}', "corrupt"),
        ('{"nbformat": 4, "cells": [NaN]}', "corrupt"),
        ('{"nbformat": 4, "cells": [' + "9" * 5000 + "]}", "corrupt"),
        ('{"nbformat": 4, "cells": []}', "unrecognised"),
        ('{"nbformat": 4, "cells": [1, null, [], {"cell_type": []}, {"source": {}, "id": 4}]}', "unrecognised"),
        (json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": "x"}] * 3000}), "too large"),
        (json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": "x" * 3_000_000}]}), "too large"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_a_damaged_notebook_is_told_and_never_raises(tmp_path: Path, content: str, status: str) -> None:
    intake = submit(tmp_path, content)
    assert (intake.status, intake.notebook) == (status, None)
    assert intake.reason != ""


@pytest.mark.parametrize(
    "marks_", [3, [], {"grade_id": []}, {"grade_id": "0_1-solution", "checksum": 3, "grade": "x"}, None]
)
def test_odd_marks_never_raise(tmp_path: Path, marks_: Any) -> None:
    document = solved()
    document["cells"][2]["metadata"]["nbgrader"] = marks_
    assert ANSWER in texts(submit(tmp_path, document))


def test_lone_surrogates_are_replaced(tmp_path: Path) -> None:
    document = solved()
    document["cells"][2]["source"] = "x = '\ud800'"
    assert texts(submit(tmp_path, document))[2] == "x = '\ufffd'"


def test_nothing_handed_in_is_missing(tmp_path: Path) -> None:
    assert examine(tmp_path / "nobody", name=NAME, source=source()).status == "missing"
    assert examine(tmp_path, name=NAME, source=source()).status == "missing"


def _link(path: Path) -> None:
    elsewhere = path.parent / "elsewhere"
    elsewhere.write_text(json.dumps(solved()))
    path.symlink_to(elsewhere)


def _hard_link(path: Path) -> None:
    elsewhere = path.parent / "elsewhere"
    elsewhere.write_text(json.dumps(solved()))
    path.hardlink_to(elsewhere)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


@pytest.mark.parametrize(
    ("make", "status"),
    [
        (_link, "not a file"),
        (_hard_link, "not a file"),
        (os.mkfifo, "not a file"),
        (Path.mkdir, "not a file"),
        (_sparse, "too large"),
    ],
)
def test_what_is_no_plain_file_is_refused_without_waiting(tmp_path: Path, make: Any, status: str) -> None:
    make(tmp_path / NAME)
    assert examine(tmp_path, name=NAME, source=source()).status == status


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert examine(tmp_path / "link", name=NAME, source=source()).status == "not a file"
