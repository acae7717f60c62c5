"""Which statements of a lab's cells its solutions need: followed by name, from the solutions outwards."""

from __future__ import annotations

import ast
import symtable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAKES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Cell:
    """A code cell; `given` is one that the lab gives, `exercise` that of a solution cell."""

    lab: str
    id: str
    source: str
    exercise: str | None
    given: bool

    @property
    def name(self) -> str:
        """How a traceback calls it."""
        return f"{self.lab}, cell {self.id}"


@dataclass
class Statement:
    """A statement that makes names: what it makes, what it needs, and where it stands."""

    cell: Cell
    node: ast.stmt
    makes: frozenset[str]
    needs: frozenset[str] = field(default_factory=frozenset)


def chosen(cells: Sequence[Cell], solved: Sequence[Cell]) -> list[Statement]:
    """The statements of the solved cells, and all that they need, in the order of the notebook."""
    usable = [cell for cell in cells if cell.exercise is None or cell in solved]
    statements = [one for cell in usable for one in _statements(cell)]
    kept = [one for one in statements if one.cell.exercise is not None or (one.cell.given and _is_interface(one.node))]
    todo, done = {name for one in kept for name in one.needs}, set[str]()
    while todo:
        name = todo.pop()
        done.add(name)
        for one in _makers(name, statements):
            if one not in kept:
                kept.append(one)
                todo |= one.needs - done
    return [one for one in statements if one in kept]


def _makers(name: str, statements: Sequence[Statement]) -> list[Statement]:
    """Who makes a name: the lab and the solutions if they do, else the student's own cells, but nothing that runs."""
    makers = [one for one in statements if name in one.makes]
    lab = [one for one in makers if one.cell.given or one.cell.exercise is not None]
    tools = {made for one in statements for made in one.makes if _is_tool(one.node)}
    return lab or [one for one in makers if isinstance(one.node, (*_MAKES, *_IMPORTS)) or not one.needs & tools]


def _is_tool(node: ast.stmt) -> bool:
    """Whether a statement imports what only a notebook uses: `run`, `verify`, `serve_live`."""
    return isinstance(node, ast.ImportFrom) and node.module in ("servicelab", "servicelab.live", "servicelab.running")


def _statements(cell: Cell) -> Iterator[Statement]:
    try:
        body = ast.parse(cell.source).body
    except SyntaxError:  # a cell of the student's own; if it is needed, the name will be missing
        return
    for node in body:
        if isinstance(node, _IMPORTS):
            yield from (Statement(cell, one, frozenset(_made(one))) for one in _single_imports(node))
        elif isinstance(node, (*_MAKES, ast.Assign, ast.AnnAssign)):
            text = "\n".join(cell.source.split("\n")[node.lineno - 1 : node.end_lineno])
            yield Statement(cell, node, frozenset(_made(node)), frozenset(_needed(text, node)))


def _single_imports(node: ast.Import | ast.ImportFrom) -> Iterator[ast.Import | ast.ImportFrom]:
    """One import for each name: a name that is needed does not bring its neighbours along."""
    for alias in node.names:
        one = (
            ast.ImportFrom(node.module, [alias], node.level)
            if isinstance(node, ast.ImportFrom)
            else ast.Import([alias])
        )
        yield ast.copy_location(one, node)


def _made(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, _MAKES):
        yield node.name
    elif isinstance(node, _IMPORTS):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
    else:
        yield from (
            each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        )


def _needed(text: str, node: ast.stmt) -> set[str]:
    """The names of the module that a statement refers to, now or when it is called."""
    needed = {
        each.id for one in getattr(node, "decorator_list", []) for each in ast.walk(one) if isinstance(each, ast.Name)
    }
    tables = [symtable.symtable(text, "cell", "exec")]
    top = tables[0]
    needed |= {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    while tables:
        table = tables.pop()
        tables += table.get_children()
        if table is not top:
            needed |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return needed


def _is_interface(node: ast.stmt) -> bool:
    if not isinstance(node, ast.ClassDef):
        return False
    bases = [each.id for each in node.bases if isinstance(each, ast.Name)]
    names = [each.id for one in node.decorator_list for each in ast.walk(one) if isinstance(each, ast.Name)]
    return "dataclass" in names or any(base.endswith(("Exception", "Error")) for base in bases)


def defined_in(source: str) -> list[str]:
    """The functions and classes that a cell defines, also one with a syntax error."""
    try:
        return [node.name for node in ast.parse(source).body if isinstance(node, _MAKES)]
    except SyntaxError:
        words = [line.replace("(", " ").replace(":", " ").split() for line in source.split("\n") if line[:1].isalpha()]
        heads = [line[1:] if line[:1] == ["async"] else line for line in words]
        return [line[1] for line in heads if len(line) > 1 and line[0] in ("def", "class")]
