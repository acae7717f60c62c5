"""misconception: a route may be a plain function, it is called like an async one
fails: 5.1-four-answers, 5.1-tasks
says: a plain `def` for a route is called in a thread
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

    def memory(request):
        media_type, write = FORMATS[request.query_params.get("format", "html")]
        return Response(write(heap_profile()), media_type=media_type)

    def tasks(request):
        return JSONResponse(task_tree())

    def block(request):
        return JSONResponse(block_profile())

    routes = {"profile": profile, "heap": memory, "tasks": tasks, "block": block}
    return Starlette(routes=[Route(f"/debug/pprof/{name}", route) for name, route in routes.items()])
