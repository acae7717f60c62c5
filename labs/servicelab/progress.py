"""What a student has solved so far, kept on this computer only.

One JSON file, `$SERVICELAB_HOME/progress.json`. Recording never raises into a lab: a full disk or a strange file costs
the record, not the lesson. A file that cannot be read is set aside, and one that a later version wrote is left alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import platformdirs

from .progress_table import Progress, Row

VERSION = 1
_SECTIONS = ("checks", "hints", "predictions")


def record(check_id: str, passed: bool) -> None:
    """Record that a check was run.

    Args:
        check_id: "0.2-first-wins".
        passed: whether it passed. A check that has passed once counts as passed.
    """

    def change(data: dict[str, Any]) -> None:
        check = data["checks"].setdefault(check_id, {"passed": False, "attempts": 0})
        check["attempts"] += 1
        check["last_passed"] = passed
        check["last"] = _now()
        if passed and not check["passed"]:
            check.update(passed=True, first_passed=check["last"], attempts_to_pass=check["attempts"])

    _change(change)


def record_hint(exercise: str, rung: int) -> None:
    """Record that a hint was opened; `rung` counts from 1."""

    def change(data: dict[str, Any]) -> None:
        hint = data["hints"].setdefault(exercise, {"opened": 0})
        hint["opened"] = max(hint["opened"], rung)
        hint["last"] = _now()

    _change(change)


def record_prediction(key: str, sealed: str, right: bool) -> None:
    """Record a prediction; `sealed` is the choice, hashed."""
    _change(lambda data: data["predictions"].update({key: {"sealed": sealed, "right": right, "at": _now()}}))


def prediction(key: str) -> str | None:
    """Return the recorded choice for a question, hashed; None if there is none."""
    kept = load()["predictions"].get(key)
    return kept["sealed"] if isinstance(kept, dict) and isinstance(kept.get("sealed"), str) else None


def load() -> dict[str, Any]:
    """Return all that is recorded; what cannot be read counts as nothing."""
    try:
        return _read(path())
    except (OSError, ValueError):
        return _empty()


def path() -> Path:
    """Return where the record is kept."""
    home = os.environ.get("SERVICELAB_HOME")
    return Path(home or platformdirs.user_data_dir("servicelab")) / "progress.json"


def summary() -> dict[str, dict[str, int]]:
    """Return, for each exercise of the labs found and each recorded one, its checks: passed, attempted, in all."""
    known = {exercise: count for lab in _labs() for exercise, count in lab.checks.items()}
    return {exercise: _counts(exercise, known.get(exercise)) for exercise in sorted({*known, *_recorded()}, key=_order)}


def progress(lab: str | None = None) -> Progress:
    """Return the table of exercises: what is solved, what is begun, which hints were opened.

    Args:
        lab: the number of a lab, "02"; all labs by default.
    """
    data = load()
    titles = {exercise: found.title for found in _labs() for exercise in found.checks}
    return Progress(
        tuple(
            Row(titles.get(exercise, "Other"), exercise, hints=_opened(data, exercise), **found)
            for exercise, found in summary().items()
            if lab is None or exercise.partition(".")[0] == str(int(lab))
        )
    )


def _opened(data: Mapping[str, Any], exercise: str) -> int:
    hint = data["hints"].get(exercise)
    return int(hint.get("opened", 0)) if isinstance(hint, dict) else 0


def _counts(exercise: str, checks: int | None) -> dict[str, int]:
    found = _recorded().get(exercise, [])
    total = len(found) if checks is None else checks
    passed = sum(bool(check.get("passed")) for check in found)
    return {"passed": min(passed, total), "attempted": min(len(found), total), "checks": total}


def _recorded() -> dict[str, list[dict[str, Any]]]:
    """The recorded checks by exercise."""
    found: dict[str, list[dict[str, Any]]] = {}
    for check_id, check in load()["checks"].items():
        if isinstance(check, dict):
            found.setdefault(check_id.split("-", 1)[0], []).append(check)
    return found


def _order(exercise: str) -> tuple[list[int], str]:
    return [int(part) for part in exercise.split(".") if part.isdecimal()], exercise


def _labs() -> list[Any]:
    try:
        from . import start

        return start.find_labs(start.labs_folder())
    except Exception:  # a notebook that cannot be read must not hide the record
        return []


# --- the file ---
def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _empty() -> dict[str, Any]:
    return {"version": VERSION, **{section: {} for section in _SECTIONS}}


def _change(change: Callable[[dict[str, Any]], None]) -> None:
    """Read, change and write the record, then draw the start page anew; whatever goes wrong is let go."""
    with contextlib.suppress(Exception):
        file = path()
        file.parent.mkdir(parents=True, exist_ok=True)
        with _locked(file):
            data = _read(file)
            if data["version"] > VERSION:
                return
            change(data)
            _write(file, data)
    with contextlib.suppress(Exception):
        _draw_start_page()


def _read(file: Path) -> dict[str, Any]:
    """Read the record; set it aside if it is none.

    Raises:
        OSError: if it is there and cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return _empty()
    except UnicodeDecodeError:
        text = ""
    try:
        data = json.loads(text)
        if isinstance(data, dict) and type(data.get("version")) is int:
            data.update({section: {} for section in _SECTIONS if not isinstance(data.get(section), dict)})
            return data
    except ValueError:
        pass
    _set_aside(file)
    return _empty()


def _set_aside(file: Path) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    with contextlib.suppress(OSError):
        os.replace(file, file.with_name(f"progress-unreadable-{stamp}.json"))


def _write(file: Path, data: dict[str, Any]) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".progress-", suffix=".tmp", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(json.dumps(data, sort_keys=True))  # `dump` would be many times slower
        os.replace(temporary, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Keep the kernels of two notebooks from writing at the same time, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with open(file.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _draw_start_page() -> None:
    page = os.environ.get("SERVICELAB_START")
    if page:
        from .start import write_start_page

        write_start_page(Path(page).parent)
