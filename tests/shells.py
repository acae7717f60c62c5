"""IPython shells for tests: one without a kernel, and a real kernel that runs a notebook."""

from __future__ import annotations

import builtins
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import nbclient
import nbformat
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets.config import Config

import servicelab

LABS = Path(servicelab.__file__).resolve().parent.parent


@contextlib.contextmanager
def bare_shell() -> Iterator[InteractiveShell]:
    """The shell that the grading jail runs cells in: no kernel, no history, no colours."""
    main, hooks = sys.modules["__main__"], (sys.displayhook, sys.excepthook)
    config = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})
    shell = InteractiveShell.instance(config=config)
    try:
        yield shell
    finally:
        with contextlib.suppress(Exception):
            servicelab.unload_ipython_extension(shell)
        InteractiveShell.clear_instance()
        sys.modules["__main__"] = main
        sys.displayhook, sys.excepthook = hooks
        vars(builtins).pop("get_ipython", None)


def notebook(*sources: str) -> NotebookNode:
    """A notebook of code cells, the first of which loads the extension."""
    cells = [
        nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(["%load_ext servicelab", *sources])
    ]
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})


def executed(*sources: str) -> list[list[NotebookNode]]:
    """Run cells in one real kernel; return the outputs of each, without those of the cell that loads the extension."""
    ran = notebook(*sources)
    nbclient.NotebookClient(ran, allow_errors=True, timeout=60, store_widget_state=False).execute()
    assert ran.cells[0].outputs == []
    return [cell.outputs for cell in ran.cells[1:]]
