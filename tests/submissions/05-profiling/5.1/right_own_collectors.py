"""approach: own sampler thread, own instrument, own walk through the tasks; starts with the application
"""
import sys
from collections import Counter
from contextlib import asynccontextmanager


class Waited(trio.abc.Instrument):
    def __init__(self):
        self.since, self.total = {}, Counter()

    def after_task_step(self, task):
        for frame, line in task.iter_await_frames():
            if not frame.f_globals.get("__name__", "").startswith("trio"):
                self.since[task] = (f"{frame.f_code.co_name} ({frame.f_code.co_filename}:{line})", trio.current_time())

    def before_task_step(self, task):
        if task in self.since:
            place, since = self.since.pop(task)
            self.total[place] += trio.current_time() - since


def debug_app():
    waited = Waited()

    @asynccontextmanager
    async def lifespan(app):
        trio.lowlevel.add_instrument(waited)
        yield
        trio.lowlevel.remove_instrument(waited)

    def walk(task, depth=0):
        where = [frame.f_code.co_name for frame, _ in task.iter_await_frames()]
        yield "  " * depth + f"{task.name} in {' > '.join(where)}"
        for nursery in task.child_nurseries:
            for child in nursery.child_tasks:
                yield from walk(child, depth + 1)

    async def profile(request):
        try:
            seconds = int(request.query_params["seconds"])
        except (KeyError, ValueError):
            return PlainTextResponse("seconds is a number", status_code=400)
        if not 0 < seconds < 3600:
            return PlainTextResponse("seconds is out of bounds", status_code=400)
        stacks, me, done = Counter(), threading.get_ident(), threading.Event()

        def look():
            while not done.wait(0.003):
                frame, names = sys._current_frames()[me], []
                while frame:
                    names.append(frame.f_code.co_name)
                    frame = frame.f_back
                stacks[tuple(reversed(names))] += 1

        threading.Thread(target=look, daemon=True).start()
        try:
            await trio.sleep(seconds)
        finally:
            done.set()
        form = request.query_params.get("format")
        if form == "speedscope":
            names = sorted({name for stack in stacks for name in stack})
            shown = {"type": "sampled", "name": "cpu", "unit": "none", "startValue": 0, "endValue": sum(stacks.values())}
            shown |= {"samples": [list(map(names.index, stack)) for stack in stacks], "weights": list(stacks.values())}
            schema = "https://www.speedscope.app/file-format-schema.json"
            frames = [{"name": name} for name in names]
            return JSONResponse({"$schema": schema, "shared": {"frames": frames}, "profiles": [shown]})
        if form == "pprof":
            from servicelab.profiles import Frame, Profile

            return Response(
                encode_pprof(Profile({tuple(Frame(n, "", 0) for n in s): count for s, count in stacks.items()}))
            )
        lines = "".join(f"<li>{' &gt; '.join(stack)}: {count}</li>" for stack, count in stacks.most_common())
        return Response(f"<!doctype html><ul>{lines}</ul>", media_type="text/html")

    async def heap(request):
        counts = Counter(type(thing).__name__ for thing in gc.get_objects())
        if not tracemalloc.is_tracing():
            tracemalloc.start()
        top = tracemalloc.take_snapshot().statistics("lineno")[:30]
        return PlainTextResponse("\n".join([*map(str, top), *map(str, counts.most_common(5))]))

    async def tasks(request):
        return PlainTextResponse("\n".join(walk(trio.lowlevel.current_root_task())))

    async def block(request):
        return JSONResponse(waited.total)

    parts = [profile, heap, tasks, block]
    return Starlette(
        routes=[Route(f"/debug/pprof/{part.__name__}", part) for part in parts], lifespan=lifespan
    )
