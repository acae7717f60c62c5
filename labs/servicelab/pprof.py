"""The profile format of `go tool pprof`: a gzipped protocol buffer, written and read by hand.

The message is `perftools.profiles.Profile` (github.com/google/pprof, proto/profile.proto). Only the fields that are
needed here are written: what is measured, samples, locations, functions, the table of all strings. The reader is for
those who want to see that a profile is one, and for tests.
"""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Any

from .profiles import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

# field numbers of Profile
_SAMPLE_TYPE, _SAMPLE, _LOCATION, _FUNCTION, _STRING, _DURATION, _PERIOD_TYPE, _PERIOD = 1, 2, 4, 5, 6, 10, 11, 12
_NANO = 1_000_000_000


def encode_pprof(profile: Profile) -> bytes:
    """Write a profile so that `go tool pprof FILE` opens it."""
    strings: dict[str, int] = {"": 0}

    def text(word: str) -> int:
        return strings.setdefault(word, len(strings))

    def value_type(kind: str, unit: str) -> bytes:
        return _number(1, text(kind)) + _number(2, text(unit))

    scale, unit = (_NANO, "nanoseconds") if profile.unit == "seconds" else (1, profile.unit)
    message = _bytes(_SAMPLE_TYPE, value_type(profile.kind, unit))
    ids: dict[Any, int] = {}
    for stack, weight in profile.weights.items():
        places = b"".join(_varint(ids.setdefault(frame, len(ids) + 1)) for frame in reversed(stack))
        message += _bytes(_SAMPLE, _bytes(1, places) + _bytes(2, _varint(round(weight * scale))))
    for frame, number in ids.items():
        line = _number(1, number) + _number(2, frame.line)
        message += _bytes(_LOCATION, _number(1, number) + _bytes(4, line))
        name, file = text(frame.name), text(frame.file)
        function = _number(1, number) + _number(2, name) + _number(3, name) + _number(4, file)
        message += _bytes(_FUNCTION, function + _number(5, frame.line))
    message += _number(_DURATION, round(profile.duration_s * _NANO))
    message += _bytes(_PERIOD_TYPE, value_type(profile.kind, unit)) + _number(_PERIOD, 1)
    message += b"".join(_bytes(_STRING, word.encode()) for word in strings)
    return gzip.compress(message, mtime=0)


def decode_pprof(data: bytes) -> dict[tuple[str, ...], list[int]]:
    """Read a profile: the values of each stack of function names, outermost first.

    Raises:
        ValueError: if it is no profile, or one that refers to something that is not in it.
    """
    try:
        raw = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        fields = list(_fields(raw))
        strings = [bytes(value).decode() for number, value in fields if number == _STRING]
        names = _names(fields, strings)
        found = {}
        for number, value in fields:
            if number == _SAMPLE:
                sample = list(_fields(value))
                found[tuple(names[place] for place in reversed(_packed(sample, 1)))] = _packed(sample, 2)
    except (OSError, EOFError, zlib.error, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"expected a pprof profile: {error!r}") from error
    if not strings or strings[0] or not any(number == _SAMPLE_TYPE for number, _ in fields):
        raise ValueError("expected a pprof profile: its strings begin with an empty one, and it says what it measures")
    return found


def _names(fields: list[tuple[int, Any]], strings: list[str]) -> dict[int, str]:
    """The function name of each location; of inlined functions the innermost."""
    functions = {}
    for _, value in (one for one in fields if one[0] == _FUNCTION):
        function = dict(_fields(value))
        functions[function[1]] = strings[function.get(2, 0)]
    names = {}
    for _, value in (one for one in fields if one[0] == _LOCATION):
        location = list(_fields(value))
        lines = [dict(_fields(inner)) for number, inner in location if number == 4]
        names[dict(location)[1]] = functions[lines[0][1]] if lines else "?"
    return names


def _packed(fields: list[tuple[int, Any]], number: int) -> list[int]:
    """The numbers of a repeated field, packed or one by one."""
    found: list[int] = []
    for one, value in fields:
        if one == number and isinstance(value, int):
            found.append(value)
        elif one == number:
            place = 0
            while place < len(value):
                item, place = _read_varint(value, place)
                found.append(item)
    return found


# --- protocol buffers ---
def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Field number and value of each field of a message: an int, or the bytes of what is inside."""
    place = 0
    while place < len(data):
        key, place = _read_varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = _read_varint(data, place)
            yield number, value
            continue
        length, place = {1: (8, place), 5: (4, place)}.get(kind) or _read_varint(data, place)
        if kind not in (1, 2, 5) or place + length > len(data):
            raise ValueError(f"expected a pprof profile: field {number} of kind {kind} does not fit")
        yield number, data[place : place + length]
        place += length


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
