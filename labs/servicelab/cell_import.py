"""Import an assembled service cell by cell, each cell under its own name.

A traceback then says `04-backpressure, cell e2-stub, line 7`, and that is where the student finds it. A cell that fails
on import costs its exercise, not the service.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import sys
from typing import TYPE_CHECKING, Any

from .assemble import MARK, PACKAGE, Assembly, Missing
from .needed import defined_in

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


class Finder(importlib.abc.MetaPathFinder):
    """Imports the package cell by cell, each under its own name.

    Attributes:
        broken: the cells that failed, as (name of the cell, exercise or "", what it defines, the error).
    """

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self.broken: list[tuple[str, str, list[str], Exception]] = []

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Find the package and its modules; nothing else."""
        package, _, module = fullname.partition(".")
        if package != PACKAGE or (module and module not in self._assembly.modules):
            return None
        folder = self._assembly.folder / PACKAGE
        if not module:
            return importlib.util.spec_from_file_location(
                fullname, folder / "__init__.py", submodule_search_locations=[str(folder)]
            )
        return importlib.util.spec_from_file_location(
            fullname, folder / f"{module}.py", loader=_Loader(self, folder, module)
        )


class _Loader(importlib.abc.Loader):
    def __init__(self, finder: Finder, folder: Path, module: str) -> None:
        self._finder = finder
        self._file = folder / f"{module}.py"

    def exec_module(self, module: ModuleType) -> None:
        head, *cells = ("\n" + self._file.read_text(encoding="utf-8")).split("\n" + MARK)
        module.__doc__ = ast.literal_eval(head.strip())
        for text in cells:
            title, _, source = text.partition("\n")
            name, _, exercise = title.partition(", exercise ")
            linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
            try:
                exec(compile(source, name, "exec", dont_inherit=True), module.__dict__)
            except Exception as error:
                self._finder.broken.append((name, exercise, defined_in(source), error))


def load(assembly: Assembly) -> dict[str, ModuleType]:
    """Import the package; exercises whose cell fails are added to `missing`.

    Returns:
        The modules by name.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, Finder)]
    finder = Finder(assembly)
    sys.meta_path.insert(0, finder)
    modules = {name: importlib.import_module(f"{PACKAGE}.{name}") for name in assembly.modules}
    for cell, exercise, names, error in finder.broken:
        lab, _, where = cell.partition(", ")
        reason = f"fails on import ({where}): {type(error).__name__}: {error}"
        assembly.missing.append(Missing(lab, exercise, tuple(names), reason))
    return modules
