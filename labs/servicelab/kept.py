"""What the libraries looked like before any student code ran, to be put back before a check.

Names of modules are not all that student code can change: a function keeps its name and gets another `__code__`, a
class gets another method. So for every trusted module its names are kept, for every class in it the attributes, for
every function code and defaults. Looking whether anything changed compares identities only: a value of the student's
may claim to equal everything. That costs about a millisecond, and putting back only what differs.

The methods of built-in types can be changed as well, below Python. That is never an accident and cannot be put back:
`restore` raises.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib
import operator
import signal
import sys
import threading
import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from . import watch as _watch  # noqa: F401  # it puts a `time.sleep` of its own in place, which is to be kept
from .errors import ServicelabError

_LIBRARIES = """
builtins random json time math operator functools contextlib contextvars collections heapq inspect traceback itertools
types enum trio outcome sortedcontainers servicelab autograder
"""
_OURS = """
errors kept observe promises running schedules stimuli tasks values verify watch
"""
TRUSTED = frozenset(_LIBRARIES.split())
_SERVICELAB = frozenset(_OURS.split())
_AUTOGRADER = ("observers", "runner", "shell", "stopwatch")
_AT_IMPORT = ("builtins", "random", "json", "time", "math", "trio", "trio.lowlevel")
_UNTOUCHED = {"_", "get_ipython", "display", "__builtins__", "__warningregistry__", "__annotations__", "__doc__"}
_STATIC = (object, type, int, float, complex, bool, str, bytes, bytearray, list, tuple, dict, set, frozenset, range)
_PARTS = ("__code__", "__defaults__", "__kwdefaults__")

# References taken before any student code has run.
_id, _map, _tuple, _vars, _setattr, _delattr, _getattr = id, map, tuple, vars, setattr, delattr, getattr
_all, _len, _is = all, len, operator.is_
_suppress, _builtin_names = contextlib.suppress, frozenset(vars(builtins))
_settrace, _setprofile = sys.settrace, sys.setprofile
_getters = [operator.attrgetter(part) for part in _PARTS]


class TamperedError(ServicelabError):
    """Raised when something was changed that cannot be put back."""


def _same(values: Collection[object], kept: Sequence[object]) -> bool:
    """Whether these are the very same objects; nothing of theirs is called."""
    return _len(values) == _len(kept) and _all(_map(_is, values, kept))


class Keeper:
    """Keeps modules, classes and functions as they are, and puts them back."""

    def __init__(self) -> None:
        self._modules: list[tuple[str, types.ModuleType, dict[str, Any], tuple[object, ...]]] = []
        self._classes: list[tuple[type, dict[str, Any], tuple[object, ...]]] = []
        self._functions: list[types.FunctionType] = []
        self._originals: list[list[Any]] = []
        self._seen: set[int] = set()
        self._static = [(kind, _tuple(_vars(kind).values())) for kind in _STATIC]

    def keep_modules(self, modules: Mapping[str, types.ModuleType]) -> None:
        """Keep the names of modules, and the classes and functions that are there."""
        for name, module in modules.items():
            space = _vars(module)
            self._modules.append((name, module, dict(space), _tuple(space.values())))
            self.keep(value for value in list(space.values()) if _top(value) in TRUSTED)

    def keep(self, values: Iterable[object]) -> None:
        """Keep functions and classes, with all their methods."""
        for value in values:
            self._keep(value)
        self._originals = [[*_map(getter, self._functions)] for getter in _getters]

    def _keep(self, value: object) -> None:
        if _id(value) in self._seen:
            return
        if isinstance(value, types.FunctionType):
            self._seen.add(_id(value))
            self._functions.append(value)
            for inner in (_getattr(value, "__wrapped__", None), *_contents(value)):
                self._keep(inner)
        elif isinstance(value, type) and value.__flags__ & 1 << 9:  # made by a class statement
            self._seen.add(_id(value))
            space = dict(_vars(value))
            self._classes.append((value, space, _tuple(space.values())))
            for member in space.values():
                self._keep_member(member)

    def _keep_member(self, member: object) -> None:
        if isinstance(member, staticmethod | classmethod):
            self._keep(member.__func__)
        elif isinstance(member, property):
            for part in (member.fget, member.fset, member.fdel):
                self._keep(part)
        elif isinstance(member, types.FunctionType):
            self._keep(member)

    def restore(self) -> None:
        """Put back whatever is not as it was.

        Raises:
            TamperedError: if a built-in type was changed.
        """
        for name, module, original, values in self._modules:
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
            if not _same(_vars(module).values(), values):
                _restore_names(_vars(module), original)
        for getter, part, originals in zip(_getters, _PARTS, self._originals, strict=True):
            if not _all(_map(_is, _map(getter, self._functions), originals)):
                for function, value in zip(self._functions, originals, strict=True):
                    if getter(function) is not value:
                        _setattr(function, part, value)
        for kind, original, values in self._classes:
            if not _same(_vars(kind).values(), values):
                _restore_class(kind, original)
        for kind, values in self._static:
            if not _same(_vars(kind).values(), values):
                raise TamperedError(f"the built-in type {kind.__name__} was changed")


def _restore_names(current: dict[str, Any], original: Mapping[str, Any]) -> None:
    for name, value in original.items():
        if current.get(name) is not value and name not in _UNTOUCHED:
            current[name] = value
    for name in list(current):
        if name not in original and name in _builtin_names and name not in _UNTOUCHED:
            del current[name]  # it would hide a builtin from the module's functions


def _restore_class(kind: type, original: Mapping[str, Any]) -> None:
    current = _vars(kind)
    for name, value in original.items():
        if current.get(name) is not value:
            with _suppress(AttributeError, TypeError):
                _setattr(kind, name, value) if name not in _UNTOUCHED else None
    for name in list(current):
        if name not in original and name not in _UNTOUCHED:
            with _suppress(AttributeError, TypeError):
                _delattr(kind, name)


def _top(value: object) -> str:
    name = _getattr(value, "__module__", None)
    return name.partition(".")[0] if type(name) is str else ""


def _contents(function: types.FunctionType) -> list[object]:
    found: list[object] = []
    for cell in function.__closure__ or ():
        with _suppress(ValueError):
            if isinstance(cell.cell_contents, types.FunctionType):
                found.append(cell.cell_contents)
    return found


_keeper = Keeper()
_keeper.keep_modules({name: importlib.import_module(name) for name in _AT_IMPORT})
_alone = False
_handlers: dict[int, Any] = {}


def remember_everything() -> None:
    """Keep all trusted modules that are loaded: for a process that runs nothing but one student's notebook."""
    global _keeper, _alone
    _alone = True
    _keeper = Keeper()
    _keeper.keep_modules({name: module for name, module in dict(sys.modules).items() if _matters(name)})
    _handlers.update({number: signal.getsignal(number) for number in signal.valid_signals()})


def _matters(name: str) -> bool:
    """Whether a check, or what runs it, may come to use a module."""
    top, _, rest = name.partition(".")
    if top in ("servicelab", "autograder"):
        return not rest or rest in (_SERVICELAB if top == "servicelab" else _AUTOGRADER)
    return top in TRUSTED


def remember(values: Iterable[object]) -> None:
    """Keep functions and classes of a given cell as well."""
    _keeper.keep(values)


def restore() -> None:
    """Put back what student code changed in the libraries, and end what it had called at every step or signal.

    Raises:
        TamperedError: if a built-in type was changed.
    """
    end_hooks()
    _keeper.restore()


def end_hooks() -> None:
    """In a process of its own: no callbacks, no timers and no signal handlers of the student's."""
    if not _alone:
        return
    _settrace(None)
    _setprofile(None)
    threading.settrace(None)
    threading.setprofile(None)
    if monitoring := _getattr(sys, "monitoring", None):  # since Python 3.12
        for tool in range(6):
            if monitoring.get_tool(tool) is not None:
                monitoring.set_events(tool, 0)
                monitoring.free_tool_id(tool)
    gc.callbacks.clear()
    sys.excepthook, sys.unraisablehook = sys.__excepthook__, sys.__unraisablehook__
    for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(timer, 0)  # before its handler goes: without one the signal ends the process
    for number, handler in _handlers.items():
        if handler is not None and signal.getsignal(number) is not handler:
            with _suppress(OSError, ValueError):
                signal.signal(number, handler)
