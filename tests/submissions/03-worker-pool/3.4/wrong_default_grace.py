"""misconception: a minute of grace is never wrong
fails: 3.4-stuck
says: the pool gets no more time than the grace
"""
async def serve(app, pool, *, readiness, host="127.0.0.1", port=8080, grace=60.0, drain_delay=0.0):
    """Run the service until a SIGTERM or SIGINT, then stop it in order.

    Args:
        app: the ASGI application.
        pool: a WorkerPool that has not been entered yet; the application's jobs go there.
        readiness: has `start_draining()`.
        host: the address to listen on.
        port: the port to listen on.
        grace: seconds that requests, and then jobs, have to finish.
        drain_delay: seconds in which new requests are still answered, although `readiness` says "draining".

    Returns:
        The exit code of the process: 0 after an orderly stop, another number after a second signal.
    """
    code, server = 0, Server(app)

    async def second_signal():
        nonlocal code
        await anext(signals)
        code = 1
        everything.cancel_scope.cancel()

    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with trio.open_nursery() as everything:
            async with pool, trio.open_nursery() as nursery:
                await nursery.start(server.serve, host, port)
                await anext(signals)
                everything.start_soon(second_signal)
                readiness.start_draining()
                await trio.sleep(drain_delay)
                server.stop_accepting()
                with trio.move_on_after(grace) as limit:
                    await server.drained()
                server.cancel_requests()
                left = await pool.shutdown(max(0, limit.deadline - trio.current_time()))
                if left:
                    logging.getLogger("pool").warning("not finished: %r", left)
            everything.cancel_scope.cancel()
    return code
