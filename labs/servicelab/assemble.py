"""The solved cells of all labs as one importable package, `service`: one module for each lab.

Theory of operation
===================
1. A lab's module is named in its notebook (`servicelab.module`). Into it go the exercises' solution cells, as far as
   their stub is gone, and what they need: imports and definitions of the given cells, of other solution cells, and of
   cells that the student has added. Need is followed by name, from the solutions outwards. So no check, no `run`, no
   panel and no live service comes along, and an exercise that is not solved is left out whole.
2. The exceptions and dataclasses that a lab gives are its interface to the others: they come along in any case.
3. The modules are plain files in a folder of their own, to be read. Their cells begin with `# %% ` and a name, and keep
   their line numbers: blank lines stand for what was left out. `cell_import` makes tracebacks of that.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from .needed import Cell, chosen, defined_in

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGE = "service"
MARK = "# %% "
_MARKERS = ("### BEGIN SOLUTION", "### END SOLUTION")


@dataclass(frozen=True)
class Missing:
    """An exercise that is not part of the service.

    Attributes:
        lab: "04-backpressure".
        exercise: "4.2"; empty if it is a cell that belongs to none.
        names: what it would define, in the order of the notebook.
        reason: "is not solved yet", or what is wrong with it.
    """

    lab: str
    exercise: str
    names: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        """In one line, without what follows from it."""
        what = f"exercise {self.exercise}" if self.exercise else f"lab {self.lab}"
        return f"{what} ({', '.join(self.names)}) {self.reason}" if self.names else f"{what} {self.reason}"


@dataclass
class Assembly:
    """What has been put together.

    Attributes:
        folder: where the package lies; it can be put on `sys.path`.
        modules: the modules of the labs that were found.
        missing: the exercises that are left out.
    """

    folder: Path
    modules: tuple[str, ...]
    missing: list[Missing]


@dataclass
class _Lab:
    name: str
    module: str
    cells: list[Cell]


def assemble(labs: Path, to: Path | None = None) -> Assembly:
    """Write the package.

    Args:
        labs: a folder with the notebooks, `labs/` or `solutions/`.
        to: the folder for the package; by default one of this user's, the same for the same labs. What is there is
            replaced, file by file, so that a service that starts at the same time finds each of them whole.

    Raises:
        FileNotFoundError: if there is no lab in `labs`.
        ValueError: if a notebook cannot be read.
    """
    found = [_read(path) for path in sorted(labs.glob("*/*.ipynb")) if path.stem == path.parent.name]
    found = [lab for lab in found if lab.module]
    if not found:
        raise FileNotFoundError(f"expected the labs' notebooks in {labs}, as in {labs}/01-readyz/01-readyz.ipynb")
    folder = to or _own_folder(labs)
    package = folder / PACKAGE
    package.mkdir(parents=True, exist_ok=True)
    _write(package / "__init__.py", '"""Your service. Made anew at each start: edit the labs."""\n')
    missing: list[Missing] = []
    for lab in found:
        solved, left_out = _sort_out(lab)
        missing += left_out
        _write(package / f"{lab.module}.py", _module_text(lab, solved))
    return Assembly(folder, tuple(lab.module for lab in found), missing)


def _own_folder(labs: Path) -> Path:
    home = os.environ.get("SERVICELAB_HOME") or platformdirs.user_cache_dir("servicelab")
    return Path(home) / "services" / hashlib.sha256(str(labs.resolve()).encode()).hexdigest()[:12]


def _write(file: Path, text: str) -> None:
    temporary = file.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, file)


# --- reading notebooks ---
def _read(path: Path) -> _Lab:
    try:  # as plain JSON: nbformat, which would check it, takes longer to import than the service to start
        notebook = json.loads(path.read_bytes())
        module = notebook["metadata"].get("servicelab", {}).get("module", "")
        cells = [_cell(path.stem, cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"expected a notebook, not what is in {path}: {type(error).__name__}: {error}") from None
    return _Lab(path.stem, module, cells)


def _cell(lab: str, cell: Any) -> Cell:
    grading = cell["metadata"].get("nbgrader", {})
    exercise = cell["metadata"].get("servicelab", {}).get("exercise") if grading.get("solution") else None
    given = bool(grading.get("locked")) and not grading.get("grade")
    text = "".join(cell["source"])  # one text, or a list of lines
    source = "" if grading.get("grade") or text.startswith("%%") else text
    lines = ["" if line.startswith(("%", "!")) else line for line in source.split("\n")]
    return Cell(lab, cell["id"], "\n".join(lines), exercise, given)


def _sort_out(lab: _Lab) -> tuple[list[Cell], list[Missing]]:
    """The solution cells that are solved, and the exercises that are not."""
    solved: list[Cell] = []
    reasons: dict[str, tuple[list[str], str]] = {}
    for cell in lab.cells:
        if cell.exercise is None:
            continue
        reason = _why_unsolved(cell)
        if not reason:
            solved.append(cell)
            continue
        names, _ = reasons.setdefault(cell.exercise, ([], reason))
        names += [name for name in defined_in(cell.source) if name not in names]
    return solved, [Missing(lab.name, number, tuple(names), why) for number, (names, why) in reasons.items()]


def _why_unsolved(cell: Cell) -> str:
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        return f"has a syntax error in line {error.lineno}: {error.msg}"
    if any(isinstance(node, ast.Raise) and _is_stub(node) for node in ast.walk(tree)):
        return "is not solved yet"
    return "" if defined_in(cell.source) else "is not solved yet"


def _is_stub(node: ast.Raise) -> bool:
    call = node.exc
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "NotImplementedError"
        and any(isinstance(arg, ast.Constant) and str(arg.value).startswith("Exercise ") for arg in call.args)
    )


# --- what a module is made of ---
def _module_text(lab: _Lab, solved: Sequence[Cell]) -> str:
    kept = chosen(lab.cells, solved)
    parts = [f'"""What lab {lab.name} gives your service. Made anew at each start: edit the lab."""\n']
    for cell in lab.cells:
        nodes = [one.node for one in kept if one.cell is cell]
        if nodes:
            exercise = f", exercise {cell.exercise}" if cell.exercise else ""
            parts.append(f"{MARK}{cell.name}{exercise}\n{_kept_lines(cell.source, nodes)}\n")
    return "\n".join(parts)


def _kept_lines(source: str, nodes: Sequence[ast.stmt]) -> str:
    """The source with every line blank that belongs to none of the statements: line numbers stay what they are."""
    kept: set[int] = set()
    imports: dict[int, list[ast.Import | ast.ImportFrom]] = {}
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imports.setdefault(node.lineno, []).append(node)
            continue
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        kept.update(range(first, (node.end_lineno or node.lineno) + 1))
    lines = source.split("\n")
    shown = [line if number in kept and line.strip() not in _MARKERS else "" for number, line in enumerate(lines, 1)]
    for number, several in imports.items():
        shown[number - 1] = _import_line(several)
    return "\n".join(shown).rstrip()


def _import_line(imports: Sequence[ast.Import | ast.ImportFrom]) -> str:
    """Imports of single names that stood in one line, in one line again."""
    first = imports[0]
    if isinstance(first, ast.ImportFrom):
        names = [alias for one in imports for alias in one.names]
        return ast.unparse(ast.ImportFrom(first.module, names, first.level))
    return "; ".join(map(ast.unparse, imports))
