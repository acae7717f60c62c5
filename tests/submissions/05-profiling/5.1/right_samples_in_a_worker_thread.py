"""approach: a worker thread samples for N real seconds while the loop goes on
"""
import sys
import time
from collections import Counter

from servicelab.profiles import Profile, stack_of


def take(seconds, target):
    weights, until = Counter(), time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.004)
        weights[stack_of(sys._current_frames()[target])] += 0.004
    return Profile(weights, duration_s=seconds)


def debug_app():
    async def profile(request):
        try:
            seconds = float(request.query_params.get("seconds", "30"))
            media_type, write = FORMATS[request.query_params.get("format", "html")]
            if not 0 < seconds <= 60:
                raise ValueError("from 0 to 60")
            taken = await trio.to_thread.run_sync(take, seconds, threading.get_ident())
        except (KeyError, ValueError) as error:
            return PlainTextResponse(str(error), status_code=400)
        return Response(write(taken), media_type=media_type)

    async def heap(request):
        media_type, write = FORMATS["html"]
        return Response(write(heap_profile()), media_type=media_type)

    async def tasks(request):
        return JSONResponse(task_tree())

    async def block(request):
        return JSONResponse(block_profile())

    parts = {"profile": profile, "heap": heap, "tasks": tasks, "block": block}
    return Starlette(routes=[Route(f"/debug/pprof/{name}", route) for name, route in parts.items()])
