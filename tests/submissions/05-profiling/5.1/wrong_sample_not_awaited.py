"""misconception: calling an async function gives its result
fails: 5.1-formats
says: where an `await` is missing
"""
def debug_app():
    async def profile(request):
        try:
            seconds = float(request.query_params.get("seconds", "30"))
            media_type, write = FORMATS[request.query_params.get("format", "html")]
            taken = sample(seconds)
        except (KeyError, ValueError) as error:
            return PlainTextResponse(str(error), status_code=400)
        return Response(write(taken), media_type=media_type)

    async def memory(request):
        media_type, write = FORMATS[request.query_params.get("format", "html")]
        return Response(write(heap_profile()), media_type=media_type)

    async def tasks(request):
        return JSONResponse(task_tree())

    async def block(request):
        return JSONResponse(block_profile())

    routes = {"profile": profile, "heap": memory, "tasks": tasks, "block": block}
    return Starlette(routes=[Route(f"/debug/pprof/{name}", route) for name, route in routes.items()])
