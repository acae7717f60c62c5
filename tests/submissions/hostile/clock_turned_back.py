"""
attack: one after the other, and the clock turned back so that nobody sees it
deserves: nothing
"""

CELL = """\
import trio


async def gather(*async_fns):
    clock, begin, last, results = trio.lowlevel.current_clock(), trio.current_time(), 0.0, []
    for async_fn in async_fns:
        results.append(await async_fn())
        last = max(last, trio.current_time())
        clock._virtual_base = begin
    clock._virtual_base = last
    return results


del gather  # with it in place some points are deserved: see clock_turned_back_late


async def gather(*async_fns):
    clock = trio.lowlevel.current_clock()
    clock._virtual_base = 0.0
    return [None for _ in async_fns]
"""
