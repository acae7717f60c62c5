"""misconception: waiting is measured with the processor's clock
fails: 5.1-block
says: and for how long
"""
def debug_app():
    async def profile(request):
        try:
            seconds = float(request.query_params.get("seconds", "30"))
            media_type, write = FORMATS[request.query_params.get("format", "html")]
            taken = await sample(seconds)
        except (KeyError, ValueError) as error:
            return PlainTextResponse(str(error), status_code=400)
        return Response(write(taken), media_type=media_type)

    async def heap(request):
        media_type, write = FORMATS["html"]
        return Response(write(heap_profile()), media_type=media_type)

    async def tasks(request):
        return JSONResponse(task_tree())

    class Blocked(trio.abc.Instrument):
        def __init__(self):
            self.since, self.total = {}, Counter()

        def after_task_step(self, task):
            frames = [frame for frame, _ in task.iter_await_frames()]
            if frames:
                self.since[task] = frames[0].f_code.co_name, time.perf_counter()

        def before_task_step(self, task):
            place, since = self.since.pop(task, (None, 0))
            if place:
                self.total[place] += time.perf_counter() - since

    found = []

    async def block(request):
        if not found:
            found.append(Blocked())
            trio.lowlevel.add_instrument(found[0])
        return JSONResponse(found[0].total)

    parts = {"profile": profile, "heap": heap, "tasks": tasks, "block": block}
    return Starlette(routes=[Route(f"/debug/pprof/{name}", route) for name, route in parts.items()])
