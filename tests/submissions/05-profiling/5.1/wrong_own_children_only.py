"""misconception: the tasks are those of my own nursery
fails: 5.1-tasks
says: every task is told
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
        me = trio.lowlevel.current_task()
        nursery = me.parent_nursery
        children = [task for one in me.child_nurseries for task in one.child_tasks]
        return JSONResponse([{"task": task.name, "where": "sleep"} for task in [me, *children] if nursery is None or task])


    async def block(request):
        return JSONResponse(block_profile())

    parts = {"profile": profile, "heap": heap, "tasks": tasks, "block": block}
    return Starlette(routes=[Route(f"/debug/pprof/{name}", route) for name, route in parts.items()])
