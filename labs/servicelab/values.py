"""Plain values on their way out of the student's process: exact built-in types and nothing else.

An object of the student's may claim to equal everything. So nothing of it crosses: a value is taken apart by its
exact type into tagged JSON, and put together again on the clean side.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

from .errors import ServicelabError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 12
_FLOAT_TOLERANCE = 1e-9

# References taken before any student code has run.
_type, _repr, _str = type, repr, str


class NotPlainError(ServicelabError):
    """Raised when tagged JSON does not stand for a plain value."""


def encode(value: object, depth: int = 0) -> list[Any]:
    """Take a value apart into tagged JSON; what is not plain becomes `["opaque", type name]`."""
    kind = _type(value)
    if value is None:
        return ["none"]
    if kind is bool or kind is str:
        return [kind.__name__, value]
    if kind is int or kind is float:
        return [kind.__name__, _repr(value)]
    if kind is bytes:
        return ["bytes", value.hex()]  # type: ignore[attr-defined]
    if depth < MAX_DEPTH:
        if kind is list or kind is tuple or kind is set or kind is frozenset:
            return [kind.__name__, [encode(item, depth + 1) for item in value]]  # type: ignore[attr-defined]
        if kind is dict:
            pairs = [[encode(k, depth + 1), encode(v, depth + 1)] for k, v in value.items()]  # type: ignore[attr-defined]
            return ["dict", pairs]
    return ["opaque", _str(kind.__name__)]


def decode(tagged: object, depth: int = 0) -> Any:
    """Put a value together from tagged JSON.

    Raises:
        NotPlainError: if the JSON is not what `encode` makes of a plain value.
    """
    if type(tagged) is not list or not tagged or type(tagged[0]) is not str or depth > MAX_DEPTH:
        raise NotPlainError(f"expected a tagged value, not {str(tagged)[:60]!r}")
    tag, *rest = tagged
    if tag == "none" and not rest:
        return None
    if len(rest) != 1:
        raise NotPlainError(f"expected one payload for {tag!r}, not {len(rest)}")
    try:
        return _decode_payload(tag, rest[0], depth)
    except (TypeError, ValueError) as error:
        raise NotPlainError(f"expected a {tag}, not {str(rest[0])[:60]!r}") from error


def _decode_payload(tag: str, payload: Any, depth: int) -> Any:
    if tag == "bool" and type(payload) is bool:
        return payload
    if type(payload) is str:
        scalars: dict[str, Callable[[str], Any]] = {"str": str, "int": int, "float": float, "bytes": bytes.fromhex}
        if tag in scalars:
            return scalars[tag](payload)
        if tag == "opaque":
            raise NotPlainError(f"not a plain value but an object of type {payload[:60]}")
    if type(payload) is list:
        containers = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
        if tag in containers:
            return containers[tag](decode(item, depth + 1) for item in payload)
        if tag == "dict":
            return {decode(k, depth + 1): decode(v, depth + 1) for k, v in payload}
    raise ValueError(tag)


def same(left: Any, right: Any) -> bool:
    """Whether two plain values are equal: same types throughout, floats to 1e-9, an int may stand for a float."""
    if type(left) is float or type(right) is float:
        numbers = type(left) in (int, float) and type(right) in (int, float)
        return numbers and (
            left == right or math.isclose(left, right, rel_tol=_FLOAT_TOLERANCE, abs_tol=_FLOAT_TOLERANCE)
        )
    if type(left) is not type(right):
        return False
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": same,
    "!=": lambda left, right: not same(left, right),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: any(same(left, item) for item in right),
    "not in": lambda left, right: not any(same(left, item) for item in right),
}


def holds(sign: str, left: object, right: object) -> bool:
    """Whether a comparison of two encoded values holds; False if one of them is not plain or they cannot be compared.

    Args:
        sign: "==", "!=", "<", "<=", ">", ">=", "in" or "not in".
        left: what was observed, as `encode` makes it.
        right: what was expected, likewise.
    """
    try:
        return bool(_COMPARISONS[sign](decode(left), decode(right)))
    except (NotPlainError, TypeError):
        return False
