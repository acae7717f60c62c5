"""What can go wrong in a lab, and how it is told."""

from __future__ import annotations

import re
import textwrap
import traceback
from dataclasses import dataclass

_NOISE = re.compile(r" at 0x[0-9a-f]+|(?:\w+\.<locals>\.)+")  # addresses, and the functions around a function
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_WIDTH = 96


class ServicelabError(Exception):
    """Base of everything that this library raises on purpose."""


class AuthorError(ServicelabError):
    """Raised when a lab itself is wrong: a check that asserts nothing, a malformed hint."""


@dataclass(frozen=True)
class Failure:
    """A failed check in the three parts in which a student reads it.

    Attributes:
        headline: "Not yet: the first to return wins."
        promised: what the exercise asks for.
        happened: what was seen instead, with values and virtual times.
        look: where to look next.
    """

    headline: str
    promised: str = ""
    happened: str = ""
    look: str = ""

    def text(self) -> str:
        """The failure as plain text, wrapped."""
        parts = (("Promised", self.promised), ("Happened", self.happened), ("Look at", self.look))
        return "\n".join([self.headline, *(_part(name, text) for name, text in parts if text)])


def _part(name: str, text: str) -> str:
    lines: list[str] = []
    for paragraph in text.splitlines():
        lines += textwrap.wrap(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
    return "\n".join(f"  {name if number == 0 else '':<9} {line}".rstrip() for number, line in enumerate(lines))


class CheckFailed(ServicelabError):  # noqa: N818  # students read its subclasses' names
    """Raised when a check did not pass; the subclasses say why.

    Args:
        failure: what the student reads.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.headline)
        self.failure = failure

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        first, *rest = self.failure.text().splitlines()
        return [f"{_BOLD}{first}{_PLAIN}", *rest]


class NotYet(CheckFailed):
    """Raised when the student's code was judged and broke a promise."""


class NotAttempted(CheckFailed):
    """Raised when the exercise still holds its stub."""


class CouldNotBeJudged(CheckFailed):
    """Raised when there was nothing to judge: a name is missing, or a cell has not been run."""


def leaf_of(error: BaseException) -> BaseException:
    """The first exception inside of nested groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def in_a_line(error: BaseException) -> str:
    """Tell an exception in one line that is the same in every run; of a group, the first one inside."""
    leaf = leaf_of(error)
    try:
        line = "".join(traceback.format_exception_only(type(leaf), leaf)).strip().splitlines()[0]
    except Exception:  # a student's exception whose __str__ raises
        line = type(leaf).__name__
    return _NOISE.sub("", line)
