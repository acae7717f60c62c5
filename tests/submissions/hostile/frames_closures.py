"""
attack: it reads what the functions would return out of their closures and never calls one
deserves: nothing
"""

CELL = """\
import sys

import trio


async def gather(*async_fns):
    cells = [dict(zip(fn.__code__.co_freevars, (c.cell_contents for c in fn.__closure__ or ()))) for fn in async_fns]
    seconds = [found.get("seconds", 0) for found in cells]
    for found in cells:
        if "started" in found:
            found["started"].append(trio.current_time())
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "check":
        frame = frame.f_back
    answer = frame.f_locals.get("answer") if frame else None
    await trio.sleep(max(seconds, default=0))
    errors = [number for number in seconds if any(fn.__name__ == "fails" for fn in async_fns)]
    if errors:
        cleanups = [(found["cleanup"], found["cancelled"], found["cleaned"]) for found in cells if "cleanup" in found]
        for cleanup, cancelled, cleaned in cleanups:
            cancelled.append(trio.current_time())
            cleaned.append(cleanup)
        await trio.sleep(max((cleanup for cleanup, _, _ in cleanups), default=0))
        if cleanups:
            raise OSError("replica down")
        raise OSError(f"replica {max(errors)} down")
    if answer is not None:
        return [answer if fn.__name__ == "one" else None for fn in async_fns]
    return [f"answer after {number} s" for number in seconds]
"""
