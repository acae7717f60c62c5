"""approach: as Go does it: the heap is a pprof profile, and cProfile counts calls instead of sampling
"""
import cProfile
import pstats
from collections import Counter

from servicelab.profiles import Frame, Profile


def debug_app():
    async def profile(request):
        try:
            seconds = int(request.query_params["seconds"])
        except (KeyError, ValueError):
            return JSONResponse({"error": "seconds is a whole number"}, status_code=422)
        if seconds <= 0:
            return JSONResponse({"error": "seconds is above 0"}, status_code=422)
        calls = cProfile.Profile()
        calls.enable()
        try:
            await trio.sleep(seconds)
        finally:
            calls.disable()
        spent = {key: value[2] for key, value in pstats.Stats(calls).stats.items()}
        taken = Profile(Counter({(Frame(name, file, line),): own for (file, line, name), own in spent.items()}))
        form = request.query_params.get("format")
        if form in ("speedscope", "pprof"):
            kind, write = FORMATS[form]
            return Response(write(taken), media_type=kind)
        rows = "".join(f"<tr><td>{key[2]}</td><td>{own}</td></tr>" for key, own in spent.items())
        return Response(f"<table>{rows}</table>", media_type="text/html")

    async def heap(request):
        return Response(encode_pprof(heap_profile()), media_type="application/octet-stream")

    async def tasks(request):
        def walk(task):
            where = [f"{frame.f_code.co_filename}:{line}" for frame, line in task.iter_await_frames()][-1:]
            return {"name": task.name, "where": where, "nurseries": [list(map(walk, n.child_tasks)) for n in task.child_nurseries]}

        return JSONResponse(walk(trio.lowlevel.current_root_task()))

    async def block(request):
        lines = [f"{row['place']} {1000 * row['seconds']:.0f} ms" for row in block_profile()]
        return PlainTextResponse("\n".join(lines) or "no waits yet")

    routes = [Route("/debug/pprof/profile", profile), Route("/heap", heap), Route("/tasks", tasks), Route("/block", block)]
    return Starlette(routes=routes)
