"""`%load_ext servicelab`: what a notebook needs so that trio, errors and logs behave in it.

Theory of operation
===================
1. Every error of a cell becomes a real `error` output, exception groups too (`tracebacks`).
2. Logs and warnings go to stdout: nbgrader takes anything on stderr for a failure, and a log must never cost a point.
   The handler asks for `sys.stdout` at each record, since a kernel exchanges it.
3. `%autoawait trio`: a cell may `await` directly. Such a cell runs in a trio run of its own.
4. The source of the running cell is kept while it runs, for `verify` to read the check's title from, and for `pending`
   to see which names it does not make if an exercise is not written yet.
5. Loading twice changes nothing; unloading gives back everything that was there before.
"""

from __future__ import annotations

import logging
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from . import pending
from .tracebacks import render
from .views import show

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["current_cell_source", "load_ipython_extension", "show", "unload_ipython_extension"]

_source: str | None = None
_loaded: _Loaded | None = None


@dataclass
class _Loaded:
    """What was there before, to be given back."""

    shell: Any
    custom_exceptions: tuple[type[BaseException], ...]
    custom_tb: Any
    autoawait: bool
    loop_runner: Any
    handler: logging.Handler
    removed: list[logging.Handler]
    showwarning: Callable[..., None]


class StdoutHandler(logging.StreamHandler[TextIO]):
    """Writes log records to whatever stdout is at the time, without a date: outputs stay the same in every run."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    @property
    def stream(self) -> TextIO:
        """Today's stdout."""
        return sys.stdout

    @stream.setter
    def stream(self, value: TextIO) -> None: ...


def current_cell_source() -> str | None:
    """Return the source of the running cell as it was typed; None while no cell runs."""
    return _source


def load_ipython_extension(ip: Any) -> None:
    """Set a shell up for the labs; what `%load_ext servicelab` calls."""
    global _loaded
    if _loaded is not None and _loaded.shell is ip:
        return
    if _loaded is not None:
        unload_ipython_extension(_loaded.shell)
    handler, removed = _logs_to_stdout()
    _loaded = _Loaded(
        shell=ip,
        custom_exceptions=ip.custom_exceptions,
        custom_tb=ip.CustomTB,
        autoawait=ip.autoawait,
        loop_runner=ip.loop_runner,
        handler=handler,
        removed=removed,
        showwarning=warnings.showwarning,
    )
    warnings.showwarning = _show_warning
    ip.set_custom_exc((BaseException,), _show_error)
    ip.run_line_magic("autoawait", "trio")
    ip.events.register("pre_run_cell", _before_cell)
    ip.events.register("post_run_cell", _after_cell)
    _register_magics(ip)


def unload_ipython_extension(ip: Any) -> None:
    """Give a shell back what `load_ipython_extension` changed; does nothing to any other."""
    global _loaded, _source
    if _loaded is None or _loaded.shell is not ip:
        return
    before, _loaded, _source = _loaded, None, None
    ip.custom_exceptions, ip.CustomTB = before.custom_exceptions, before.custom_tb
    ip.autoawait, ip.loop_runner = before.autoawait, before.loop_runner
    ip.events.unregister("pre_run_cell", _before_cell)
    ip.events.unregister("post_run_cell", _after_cell)
    ip.magics_manager.magics["cell"].pop("hints", None)
    warnings.showwarning = before.showwarning
    logging.getLogger().removeHandler(before.handler)
    for handler in before.removed:
        logging.getLogger().addHandler(handler)


def _register_magics(ip: Any) -> None:
    from .hints import hints_magic

    ip.register_magic_function(hints_magic, "cell", "hints")


def _before_cell(info: Any) -> None:
    global _source
    _source = info.raw_cell


def _after_cell(result: Any) -> None:
    global _source
    _source = None


def _show_error(
    shell: Any,
    etype: type[BaseException],
    value: BaseException,
    tb: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str]:
    """IPython's handler for all exceptions; the lines that it returns are what a kernel answers with."""
    from IPython.core.error import UsageError

    if isinstance(value, (SyntaxError, UsageError)):  # these have forms of their own: a caret, one line
        shell.showtraceback((etype, value, tb), tb_offset=tb_offset)
        return []
    pending.look_at(value, _source or "", shell.user_ns)
    missing = pending.told(value, shell.user_ns)
    lines = [missing] if missing else render(shell, value, tb_offset)
    shell._showtraceback(etype, value, lines)
    return lines


def _logs_to_stdout() -> tuple[logging.Handler, list[logging.Handler]]:
    """Put a handler for stdout on the root logger in place of those for stderr; return it and these."""
    root = logging.getLogger()
    errors = (sys.stderr, sys.__stderr__)
    to_stderr: list[logging.Handler] = [
        one for one in root.handlers if isinstance(one, logging.StreamHandler) and one.stream in errors
    ]
    for old in to_stderr:
        root.removeHandler(old)
    handler = StdoutHandler()
    root.addHandler(handler)
    return handler, to_stderr


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning to stdout, without a path or a cell's number: these differ from run to run."""
    shell = _loaded.shell if _loaded else None
    known = shell.compile.format_code_name(filename) if shell else None
    where = "" if known else filename.replace("\\", "/").rsplit("/", 1)[-1] + ", "
    print(f"{category.__name__}: {message} ({where}line {lineno})", file=file or sys.stdout)
