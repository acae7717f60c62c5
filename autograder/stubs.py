"""What stands where the solution was: an error that names the exercise and what is to be written."""

from __future__ import annotations

import ast
import re

from . import notebooks

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)


def parse(source: str) -> ast.Module:
    """Parse a cell: magics are passed over, `await` at the top is allowed.

    Raises:
        SyntaxError: if it is no Python.
    """
    if source.startswith("%%"):
        source = "\n" + source.partition("\n")[2]
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(MAGIC.sub(r"\1pass", source), "<cell>", "exec", flags=flags, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    return tree


def stubbed(source: str, exercise: str) -> str:
    """Return the cell's source with a stub in place of each solution region.

    Args:
        source: the cell with its regions.
        exercise: the exercise's id, `0.2`.
    """
    lines = source.split("\n")
    for region in reversed(notebooks.regions(source, notebooks.SOLUTION)):
        indent = lines[region.first][: len(lines[region.first]) - len(lines[region.first].lstrip())]
        stub = stub_lines(enclosing(source, region), exercise)
        lines[region.first : region.last + 1] = [indent + line for line in stub]
    return "\n".join(lines)


def stub_lines(scopes: list[Scope], exercise: str) -> list[str]:
    """Return the lines of one stub; directly in a class, making an object is what fails."""
    name = ".".join(scope.name for scope in scopes)
    text = f"Exercise {exercise}: {name}" if name else f"Exercise {exercise}"
    error = f"raise NotImplementedError({_quoted(text)})"
    if scopes and isinstance(scopes[-1], ast.ClassDef):
        return ["def __init__(self, *args, **kwargs):", f"    {error}"]
    return [error]


def enclosing(source: str, region: notebooks.Region) -> list[Scope]:
    """Return the functions and classes around a region, outermost first; none if it is no Python."""
    try:
        tree = parse(source)
    except SyntaxError:
        return []
    begin, first = region.first + 1, region.first + 2
    for offset, line in enumerate(region.lines):
        if line.strip() and not line.strip().startswith("#"):
            first = region.first + 2 + offset
            break
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, Scope) and node.lineno < begin and first <= (node.end_lineno or node.lineno)
    ]
    return sorted(around, key=lambda node: node.lineno)


def _quoted(text: str) -> str:
    """Return a Python string in double quotes, as a formatter would write it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
