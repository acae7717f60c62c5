"""The roster: what is taken, and what is refused before anything is written, with its line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.roster import COLUMNS, read_roster

HEAD = ",".join(COLUMNS) + "\n"
LONG = "a" * 65
WANTED = "expected an id of letters, digits and . _ - @ (at most 64), not"
TAKEN = {
    "all columns": (HEAD + "ada,Ada,Lovelace,ada@example.org\n", ["ada"]),
    "the id only": ("id\nada\nbob\n", ["ada", "bob"]),
    "semicolons": ("\ufeffid;first_name\r\nada;Ada\r\n", ["ada"]),
    "tabs": ("id\temail\nada\tada@example.org\n", ["ada"]),
    "capitals in the first line": ("ID, Email\nada, x\n", ["ada"]),
    "empty lines": (HEAD + ",,,\n\nada,,,\n", ["ada"]),
    "letters of any language": (
        HEAD + "s\u00f8ren,,,\nse\u0301an,,,\n\u674e\u56db,,,\n",
        ["s\u00f8ren", "s\u00e9an", "\u674e\u56db"],
    ),
    "an address as id": (HEAD + "ada@example.org,,,\n", ["ada@example.org"]),
    "nobody": (HEAD, []),
}
REFUSED = {
    "other columns": (
        "name,mail\nada,x\n",
        "expected the columns id, first_name, last_name, email in the first line, not name, mail",
    ),
    "a column too many": ("id,name\nada,Ada\n", "in the first line, not id, name"),
    "nothing": ("", "in the first line, not nothing"),
    "an id twice": (HEAD + "ada,,,\nbob,,,\nada,,,\n", "line 4: the id 'ada' is there already; leave one of them"),
    "a space": (HEAD + "a da,,,\n", f"line 2: {WANTED} 'a da'"),
    "a way out": (HEAD + "../ada,,,\n", f"line 2: {WANTED} '../ada'"),
    "what the exchange separates by": (HEAD + "ada+1,,,\n", f"line 2: {WANTED} 'ada+1'"),
    "hidden": (HEAD + ".ada,,,\n", f"line 2: {WANTED} '.ada'"),
    "an option": (HEAD + "-rf,,,\n", f"line 2: {WANTED} '-rf'"),
    "too long": (HEAD + f"{LONG},,,\n", f"line 2: {WANTED} '{LONG}'"),
    "no id": (HEAD + ",Ada,,\n", f"line 2: {WANTED} ''"),
    "too many values": (HEAD + "ada,A,B,C,D\n", "line 2: expected 4 values, not 5"),
}


@pytest.mark.parametrize("case", TAKEN)
def test_a_roster_is_taken(case: str, tmp_path: Path) -> None:
    text, ids = TAKEN[case]
    (tmp_path / "class.csv").write_bytes(text.encode())
    assert [student["id"] for student in read_roster(tmp_path / "class.csv")] == ids


@pytest.mark.parametrize("case", REFUSED)
def test_a_roster_is_refused(case: str, tmp_path: Path) -> None:
    text, complaint = REFUSED[case]
    (tmp_path / "class.csv").write_bytes(text.encode())
    with pytest.raises(UsageError) as refused:
        read_roster(tmp_path / "class.csv")
    assert complaint in str(refused.value)


def test_what_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_bytes(b"id,first_name\nada,Ad\xe9\n")
    with pytest.raises(UsageError, match=r"it is not UTF-8; save it as CSV UTF-8$"):
        read_roster(tmp_path / "class.csv")
    with pytest.raises(UsageError, match=r"none\.csv: No such file or directory$"):
        read_roster(tmp_path / "none.csv")
