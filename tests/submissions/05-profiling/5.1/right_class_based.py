"""approach: a class; each route a method; slow to start
"""
class DebugApp:
    def __init__(self):
        names = ("profile", "heap", "tasks", "block")
        self.inner = Starlette(routes=[Route(f"/debug/pprof/{name}", getattr(self, name)) for name in names])

    async def __call__(self, scope, receive, send):
        for _ in range(3):
            await trio.lowlevel.checkpoint()
        await self.inner(scope, receive, send)

    def written(self, request, profile):
        kind, write = FORMATS.get(request.query_params.get("format"), FORMATS["html"])
        return Response(write(profile), media_type=kind)

    async def profile(self, request):
        async with trio.open_nursery() as nursery:
            found = []

            async def take():
                try:
                    found.append(await sample(float(request.query_params.get("seconds", 1))))
                except ValueError as error:
                    found.append(error)

            nursery.start_soon(take)
        if isinstance(found[0], ValueError):
            return JSONResponse({"error": str(found[0])}, status_code=400)
        return self.written(request, found[0])

    async def heap(self, request):
        return self.written(request, heap_profile())

    async def tasks(self, request):
        return JSONResponse({"tasks": task_tree()})

    async def block(self, request):
        return JSONResponse({"waits": block_profile()})


def debug_app():
    return DebugApp()
