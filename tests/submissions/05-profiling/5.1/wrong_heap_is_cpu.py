"""misconception: the CPU profile shows the memory
fails: 5.1-heap
says: what holds four megabytes is named
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
        return Response(write(await sample(0.1)), media_type=media_type)

    async def tasks(request):
        return JSONResponse(task_tree())

    async def block(request):
        return JSONResponse(block_profile())

    parts = {"profile": profile, "heap": heap, "tasks": tasks, "block": block}
    return Starlette(routes=[Route(f"/debug/pprof/{name}", route) for name, route in parts.items()])
