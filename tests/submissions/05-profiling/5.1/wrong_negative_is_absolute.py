"""misconception: a sign is a slip of the finger
fails: 5.1-nonsense
says: no number above 0 are answered 400
"""
def debug_app():
    async def profile(request):
        try:
            seconds = float(request.query_params.get("seconds", "30"))
            media_type, write = FORMATS[request.query_params.get("format", "html")]
            taken = await sample(abs(seconds))
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
