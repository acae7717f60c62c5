"""Reading what student code wrote: bounded bytes, bounded depth, no surprises.

Nothing here raises anything but `Malformed`, whatever the bytes are.
"""

from __future__ import annotations

import json
import os
import re
import stat
from typing import Any, NoReturn

from .errors import SubmissionError

MAX_DEPTH = 64
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SURROGATES = re.compile("[\ud800-\udfff]")
_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Malformed(SubmissionError):  # noqa: N818  # what the bytes are
    """Raised when bytes from a student cannot be what they should be; the message says why in plain words."""


class TooLarge(Malformed):
    """Raised when a file is larger than allowed."""


class NotAPlainFile(Malformed):
    """Raised when a file is a link, a folder, a device, or has another name elsewhere."""


def loads(data: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Decode JSON that is nested at most `max_depth` deep and holds no NaN, no infinity and no lone surrogates.

    Raises:
        Malformed: if it is anything else.
    """
    if _deeper_than(data, max_depth):
        raise Malformed(f"its JSON is nested more than {max_depth} deep")
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Malformed(f"it is not JSON ({str(error)[:100]})") from None
    return scrub(value) if b"\\u" in data else value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _deeper_than(data: bytes, limit: int) -> bool:
    if data.count(b"[") + data.count(b"{") <= limit:
        return False
    brackets = _STRINGS.sub(b"", data).translate(_SQUARE, _NO_BRACKETS)
    for _level in range(limit):
        outer = brackets.replace(b"[]", b"")  # the innermost pairs are gone
        if len(outer) == len(brackets):
            break
        brackets = outer
    return b"[]" in brackets or brackets.count(b"[") > limit


def scrub(value: Any) -> Any:
    """Replace lone surrogates, which no file can hold, in all strings of a JSON value."""
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [scrub(item) for item in value]
    if isinstance(value, dict):
        return {scrub(key): scrub(item) for key, item in value.items()}
    return value


def read_file(folder_fd: int, name: str, max_bytes: int) -> bytes:
    """Read a plain file of an open folder; never follows a link, never waits, never reads more than allowed.

    Args:
        folder_fd: file descriptor of the folder.
        name: of the file in it.
        max_bytes: its largest apparent size.

    Raises:
        Malformed: if it is missing, not a plain file, too large, or changes while it is read.
    """
    try:
        fd = os.open(name, _READ_FLAGS, dir_fd=folder_fd)
    except (OSError, ValueError) as error:
        raise NotAPlainFile(f"it cannot be opened as a plain file ({_reason(error)})") from None
    try:
        return _read_open(fd, max_bytes)
    finally:
        os.close(fd)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _read_open(fd: int, max_bytes: int) -> bytes:
    about = os.fstat(fd)
    if not stat.S_ISREG(about.st_mode):
        raise NotAPlainFile("it is not a plain file")
    if about.st_nlink > 1:
        raise NotAPlainFile("it is a hard link to a file that exists elsewhere")
    if about.st_size > max_bytes:
        raise TooLarge(f"it has {about.st_size:,} bytes; at most {max_bytes:,} are allowed")
    parts = []
    left = max_bytes + 1
    try:
        while left > 0 and (part := os.read(fd, min(left, 1 << 20))):
            parts.append(part)
            left -= len(part)
    except OSError as error:
        raise Malformed(f"it cannot be read ({_reason(error)})") from None
    if left <= 0:
        raise TooLarge(f"it grew beyond {max_bytes:,} bytes while it was read")
    return b"".join(parts)
