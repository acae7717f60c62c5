"""approach: one route, whose last part is looked up
"""
def debug_app():
    async def dispatch(request):
        name, form = request.path_params["name"], request.query_params.get("format", "html")
        if form not in FORMATS:
            return PlainTextResponse(f"formats: {', '.join(FORMATS)}", status_code=400)
        lists = {"tasks": task_tree, "block": block_profile}
        if name in lists:
            return JSONResponse({name: lists[name]()})
        if name == "heap":
            taken = heap_profile()
        elif name == "profile":
            text = request.query_params.get("seconds", "10")
            if not text.isdigit() or not 1 <= int(text) <= 60:
                return PlainTextResponse("seconds: a whole number from 1 to 60", status_code=422)
            taken = await sample(int(text))
        else:
            return PlainTextResponse("no such profile", status_code=404)
        kind, write = FORMATS[form]
        return Response(write(taken), headers={"content-type": kind})

    return Starlette(routes=[Route("/debug/pprof/{name}", dispatch)])
