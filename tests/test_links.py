"""`servicelab.service.links`: a batch is in the database whole or not at all, whatever its events hold."""

from __future__ import annotations

import json
import sqlite3
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import trio

from servicelab.service.config import Config
from servicelab.service.links import ROWS, connect, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HALF = "\ud800"  # of a surrogate pair: JSON may hold it, UTF-8 and so SQLite may not


def event(name: Any, **params: Any) -> dict[str, Any]:
    return {"id": name, "type": "click", "timestamp": 1.5, "params": params}


def written(path: Path, *batches: Sequence[Any]) -> dict[str, Any]:
    """What is in the database after some batches: bodies by id."""

    async def main() -> None:
        link = await connect(Config(database=str(path)))
        for batch in batches:
            await link.write(batch)

    try:
        trio.run(main)
    finally:
        rows = sqlite3.connect(path).execute("SELECT id, body FROM events").fetchall()
    return {name: json.loads(body) for name, body in rows}


@pytest.mark.parametrize("count", [0, 1, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS, 3 * ROWS + 7])
def test_every_event_of_a_batch_is_written_whatever_its_size(tmp_path: Path, count: int) -> None:
    batch = [event(f"e-{number}", number=number) for number in range(count)]
    assert written(tmp_path / "events.db", batch) == {each["id"]: each for each in batch}


def test_an_event_that_comes_again_is_stored_once_in_its_last_form(tmp_path: Path) -> None:
    first = [event("e-1", n=1), event("e-2", n=2), event("e-1", n=3)]
    stored = written(tmp_path / "events.db", first, [event("e-2", n=4)])
    assert {name: body["params"]["n"] for name, body in stored.items()} == {"e-1": 3, "e-2": 4}


def test_a_batch_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    batch = [*(event(f"e-{number}") for number in range(ROWS + 1)), event(["no", "text"])]
    with pytest.raises(sqlite3.Error):
        written(tmp_path / "events.db", batch)
    assert written(tmp_path / "events.db", []) == {}


def test_half_a_surrogate_pair_does_not_hold_up_the_events_beside_it(tmp_path: Path) -> None:
    stored = written(tmp_path / "events.db", [event("e-1"), event(f"e-2{HALF}", text=HALF), event("e-3")])
    assert [*stored] == ["e-1", "e-2\\ud800", "e-3"]
    assert stored["e-2\\ud800"]["params"] == {"text": HALF}


def test_an_event_may_be_an_object_or_a_dict_and_only_its_four_fields_are_kept() -> None:
    plain = event("e-1", price=12)
    name, text = row_of({**plain, "more": 1})
    assert (name, json.loads(text)) == ("e-1", plain)
    assert row_of(SimpleNamespace(**plain, more=1)) == (name, text)


def test_a_field_that_json_cannot_hold_becomes_its_text() -> None:
    assert json.loads(row_of(event("e-1", value=1j))[1])["params"] == {"value": "1j"}
