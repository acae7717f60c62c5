"""What is wrong with a course, one line each, with the way to mend it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing to mend.

    Attributes:
        file: the path in the course.
        cell: the cell's id, or `notebook`, or `file`.
        rule: the name of the rule.
        message: what is wrong.
        mend: the command, or the change, that mends it.
    """

    file: str
    cell: str
    rule: str
    message: str
    mend: str = ""

    def __str__(self) -> str:
        """Return `file: cell: rule: what is wrong; mend: how`."""
        line = f"{self.file}: {self.cell}: {self.rule}: {self.message}"
        return " ".join((f"{line}; mend: {self.mend}" if self.mend else line).split())

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain data for `--json`."""
        return {key: getattr(self, key) for key in ("file", "cell", "rule", "message", "mend")}


def from_error(file: str, rule: str, error: Exception, mend: str = "") -> Finding:
    """Return an error that names its file and cell as a finding."""
    text = " ".join(str(error).split()).removeprefix(f"{file}: ")
    match = re.match(r"^(?:cell (\S+)|(notebook)): (.*)$", text)
    if match is None:
        return Finding(file, "notebook", rule, text, mend)
    return Finding(file, match[1] or match[2], rule, match[3], mend)
