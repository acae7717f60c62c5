"""What costs real time is done only a few times."""

from __future__ import annotations

import re
import time

import pytest
import trio

from servicelab.real_time import Witness, sparingly


async def calls(fn, times):
    return [await fn() for _ in range(times)]


def test_after_so_many_real_calls_their_values_come_again_in_turn():
    done = []

    @sparingly(2)
    async def work():
        done.append(len(done))
        return done[-1]

    assert trio.run(calls, work, 6) == [0, 1, 1, 0, 1, 0]
    assert done == [0, 1]


def test_a_call_that_raises_is_not_counted():
    tried = []

    @sparingly(1)
    async def work():
        tried.append(1)
        if len(tried) < 3:
            raise OSError("not yet")
        return len(tried)

    async def main():
        with pytest.raises(OSError, match=r"^not yet$"):
            await work()
        with pytest.raises(OSError, match=r"^not yet$"):
            await work()
        return await calls(work, 2)

    assert trio.run(main) == [3, 3]


def test_no_real_call_at_all_is_refused():
    with pytest.raises(ValueError, match=r"^expected at least one real call, not 0$"):
        sparingly(0)


def test_a_witness_sees_how_long_nobody_could_look():
    with Witness() as calm:
        time.sleep(0.05)
    with Witness() as kept_out:
        re.fullmatch("(a*)*b", "a" * 23)  # one call into C, which keeps the interpreter for itself
    assert kept_out.longest_s > 0.1
    assert calm.longest_s < kept_out.longest_s
