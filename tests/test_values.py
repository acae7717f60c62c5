"""Plain values cross, and nothing else does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.values import MAX_DEPTH, NotPlainError, decode, encode, holds, same

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.frozensets(scalars, max_size=3)
    ),
    max_leaves=8,
)


@given(plain)
def test_a_plain_value_survives_the_way_through_json(value):
    assert same(decode(json.loads(json.dumps(encode(value)))), value)


class AlwaysEqual:
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class Liar(int):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


@pytest.mark.parametrize("value", [AlwaysEqual(), Liar(3), [AlwaysEqual()], {"a": Liar(1)}, True if 0 else object()])
def test_an_object_does_not_cross(value):
    with pytest.raises(NotPlainError):
        decode(encode(value))


def test_a_value_too_deep_does_not_cross():
    value: list = []
    for _ in range(MAX_DEPTH + 1):
        value = [value]
    with pytest.raises(NotPlainError):
        decode(encode(value))


@pytest.mark.parametrize(
    "junk",
    [None, [], {}, ["int", 3], ["int", "3", "4"], ["list", "x"], ["dict", [["int"]]], ["new", "x"], [["int"], 1]],
)
def test_what_encode_never_makes_is_refused(junk):
    with pytest.raises(NotPlainError):
        decode(junk)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (0.1 + 0.2, 0.3, True),
        (1, True, False),
        ([1], (1,), False),
        ({1, 2}, {2, 1}, True),
        ({"a": 1, "b": 2.0}, {"b": 2, "a": 1}, True),
        ([1, 2], [1], False),
        ("1", 1, False),
        (float("nan"), float("nan"), False),
    ],
)
def test_same(left, right, expected):
    assert same(left, right) is expected


@pytest.mark.parametrize(
    ("sign", "left", "right", "expected"),
    [
        ("==", 1, 1, True),
        ("!=", 1, 1, False),
        ("<=", 2, 3, True),
        ("<", 3, 3, False),
        ("in", 2, [1, 2], True),
        ("not in", 2, [1, 2], False),
        ("<", "a", 1, False),
        ("==", AlwaysEqual(), 1, False),
        ("!=", AlwaysEqual(), 1, False),
    ],
)
def test_holds(sign, left, right, expected):
    assert holds(sign, encode(left), encode(right)) is expected
