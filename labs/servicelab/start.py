"""Open JupyterLab on a start page: what there is, how far you are, how to begin (`python -m servicelab.start`)."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

JUPYTER_CONFIG = Path(__file__).resolve().parent / "jupyter"
PAGE = "START.md"

_FOLDER = re.compile(r"\d\d-[a-z0-9-]+")
_GRADE_ID = re.compile(r"(\d+)_(\d+)-.+")
_TOP = """\
# servicelab

You build one service: it takes in events, survives a slow or dead dependency, sheds the load it cannot carry, and stops
without losing an event it has accepted. Each lab adds a part, and the part you write is the part that runs.
"""
_BOTTOM = """\
## How to begin

1. Open the lab named at the top. Run its cells from the top, one by one, with **Shift+Enter**.
2. An exercise is a cell that ends in `raise NotImplementedError`. Write your code there and run the cell.
3. Run the *try it* cell under it: it draws what your tasks did, on a virtual clock, so minutes cost nothing.
4. Run the checks. Each one says that it holds, or what was promised, what happened instead and where to look.
5. Done with a lab? **Validate**, in the notebook's toolbar, runs all of it from the top, as a grader will.

Your work is saved in the notebooks, and your progress on this computer only. This page is drawn anew as you go.

## When something fails

| You see | It means | Do this |
|:---|:---|:---|
| **Not attempted** | the stub stands, or its cell was not run | write the exercise, run its cell, then the check |
| **Not yet: ...** | your code broke that promise | read *Happened*, look at the timeline, `replay` that run |
| **Could not be judged** | the check was cut short | read the reason; if it is not your code, restart the kernel |
| `NameError` | a cell further up was not run in this kernel | menu **Run > Run All Above Selected Cell** |
| a cell stays at `[*]` | a real wait or an endless loop | **Kernel > Interrupt Kernel**; what you wrote stays |
| nothing answers at all | the kernel has lost its state | **Kernel > Restart Kernel and Run up to Selected Cell** |

Stuck for ten minutes? Every exercise has three hints, from a question to a skeleton. Taking one costs nothing.
"""


@dataclass(frozen=True)
class Lab:
    """One lab, as its notebook describes it."""

    link: str
    title: str
    minutes: int | None
    difficulty: int | None
    checks: Mapping[str, int]  # exercise -> how many checks it has


def write_start_page(folder: Path) -> Path:
    """Draw the start page of the labs in a folder.

    Args:
        folder: where the labs are; the page is written there.

    Returns:
        The page's path.
    """
    page = folder / PAGE
    fresh = page.with_suffix(".tmp")
    fresh.write_text(start_page(find_labs(folder), _progress()), encoding="utf-8")
    fresh.replace(page)
    return page


def find_labs(folder: Path) -> list[Lab]:
    """Return the labs in a folder, in the order of their numbers; what is not a lab is passed over."""
    notebooks = [entry / f"{entry.name}.ipynb" for entry in sorted(folder.iterdir()) if _FOLDER.fullmatch(entry.name)]
    return [_read_lab(path) for path in notebooks if path.is_file()]


def start_page(labs: Sequence[Lab], progress: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the start page as Markdown.

    Args:
        labs: in the order in which they are taken.
        progress: exercise -> how many of its checks have `passed`.
    """
    done = [sum(_solved(exercise, lab, progress) for exercise in lab.checks) for lab in labs]
    rows = [_row(lab, solved) for lab, solved in zip(labs, done, strict=True)]
    table = ["| Lab | Time | Difficulty | Exercises solved |", "|:---|:---|:---|:---|", *rows]
    if not rows:
        table = ["There is no lab in this folder yet."]
    return "\n".join([_TOP, _next(labs, done), "## The labs", "", *table, "", _BOTTOM])


def lab_command(folder: Path, args: Sequence[str]) -> list[str]:
    """Return the command that starts JupyterLab for a student."""
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", *as_root, *args]


def lab_environment(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which a student's JupyterLab runs.

    It adds the settings that come with the labs, keeps the window layout apart from other projects', puts the commands
    of this installation first on the path, for terminals, and tells the kernels which page shows the progress.
    """
    config_path = [str(JUPYTER_CONFIG), *filter(None, [environ.get("JUPYTER_CONFIG_PATH")])]
    ours = {
        "JUPYTER_CONFIG_PATH": os.pathsep.join(config_path),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)]),
        "SERVICELAB_START": str(folder / PAGE),
    }
    return {"JUPYTERLAB_WORKSPACES_DIR": str(_home(environ) / "workspaces"), **environ, **ours}


def labs_folder() -> Path:
    """Return the folder that this package lies in if it holds labs, else the current one."""
    beside = Path(__file__).resolve().parent.parent
    return beside if find_labs(beside) else Path.cwd()


def main(argv: Sequence[str] | None = None) -> None:
    """Write the start page and become JupyterLab; arguments are handed on to it."""
    args = sys.argv[1:] if argv is None else list(argv)
    folder = labs_folder()
    write_start_page(folder)
    os.chdir(folder)  # so that nbgrader's Validate does not read an instructor's nbgrader_config.py
    sys.stdout.flush()
    os.execve(sys.executable, lab_command(folder, args), lab_environment(folder, os.environ))


def _read_lab(path: Path) -> Lab:
    notebook = _read_notebook(path)
    about = notebook["metadata"].get("servicelab", {})
    name = path.stem
    return Lab(
        link=f"{name}/{path.name}",
        title=f"{name[:2]} {about.get('title', name[3:])}",
        minutes=about.get("minutes"),
        difficulty=about.get("difficulty"),
        checks=_checks(notebook["cells"]),
    )


def _read_notebook(path: Path) -> dict[str, Any]:
    try:
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # half saved, or with the marks of a merge: its link must stay
        return {"metadata": {}, "cells": []}
    return notebook


def _checks(cells: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    graded = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    ids = [_GRADE_ID.fullmatch(meta["grade_id"]) for meta in graded if meta.get("grade") and not meta.get("solution")]
    exercises = [f"{match[1]}.{match[2]}" for match in ids if match]
    return {exercise: exercises.count(exercise) for exercise in exercises}


def _solved(exercise: str, lab: Lab, progress: Mapping[str, Mapping[str, Any]]) -> bool:
    return int(progress.get(exercise, {}).get("passed", 0)) >= lab.checks[exercise]


def _row(lab: Lab, solved: int) -> str:
    total = len(lab.checks)
    time = f"{lab.minutes} min" if lab.minutes else ""
    stars = "●" * lab.difficulty + "○" * (5 - lab.difficulty) if lab.difficulty else ""
    bar = "■" * solved + "□" * (total - solved)
    return f"| [{lab.title}]({lab.link}) | {time} | {stars} | {bar} {solved} of {total} |"


def _next(labs: Sequence[Lab], done: Sequence[int]) -> str:
    for lab, solved in zip(labs, done, strict=True):
        if solved < len(lab.checks):
            return f"**{'Go on' if any(done) else 'Start here'}: [{lab.title}]({lab.link})**\n"
    return "**Every exercise here is solved.**\n" if labs else ""


def _progress() -> Mapping[str, Mapping[str, Any]]:
    """Return the recorded progress; without a readable record the page is drawn as for a beginner."""
    try:
        from servicelab.progress import summary

        return summary()
    except Exception:  # the page must open whatever state the record is in
        return {}


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("SERVICELAB_HOME") or platformdirs.user_data_dir("servicelab"))


if __name__ == "__main__":
    main()
