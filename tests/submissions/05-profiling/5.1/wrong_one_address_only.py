"""misconception: 127.0.0.1 is the only loopback address
fails: 5.1-lookalikes
says: an address that is loopback is allowed
"""
def debug_app():
    """Make the application of the debug port.

    Returns:
        An ASGI application with the four routes below /debug/pprof/.
    """

    async def cpu(request):
        return await sample(float(request.query_params.get("seconds", "30")))

    async def memory(request):
        return heap_profile()

    def profiled(take):
        async def route(request):
            try:
                media_type, write = FORMATS[request.query_params.get("format", "html")]
                return Response(write(await take(request)), media_type=media_type)
            except (KeyError, ValueError) as error:
                return PlainTextResponse(f"cannot do that: {error}", status_code=400)

        return route

    def listed(collect):
        async def route(request):
            return JSONResponse(collect())

        return route

    routes = {"profile": profiled(cpu), "heap": profiled(memory)}
    routes |= {"tasks": listed(task_tree), "block": listed(block_profile)}
    return Starlette(routes=[Route(f"/debug/pprof/{name}", route) for name, route in routes.items()])


async def serve_debug(app, *, host="127.0.0.1", port=9000):
    """Serve the debug application on this machine only, until cancelled.

    Args:
        app: what `debug_app()` returns.
        host: a loopback address.
        port: the port to listen on.

    Raises:
        ValueError: if others than this machine could reach `host`.
    """
    try:
        loopback = host == "127.0.0.1"
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(f"expected a loopback address for the debug port, not {host!r}")
    await listen(app, host=host, port=port)
