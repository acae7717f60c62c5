"""approach: SIGPROF samples the main thread; elsewhere a thread does
"""
import signal
from collections import Counter

from servicelab.profiles import Profile, stack_of


async def cpu(seconds):
    if not 0 < seconds <= 60:
        raise ValueError(f"expected from 0 to 60 seconds, not {seconds}")
    if threading.current_thread() is not threading.main_thread():
        return await sample(seconds)
    weights = Counter()

    def look(number, frame):
        weights[stack_of(frame)] += 0.004

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, 0.004, 0.004)
    try:
        await trio.sleep(seconds)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return Profile(weights)


def debug_app():
    async def profile(request):
        try:
            seconds = float(request.query_params.get("seconds", "30"))
            media_type, write = FORMATS[request.query_params.get("format", "html")]
            taken = await cpu(seconds)
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
