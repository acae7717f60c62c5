"""approach: a system task waits for the thread (without abandoning it), the caller waits for a channel"""
import trio


async def in_thread(fn, *args, limiter, timeout):
    send, receive = trio.open_memory_channel(1)
    waiting = trio.CancelScope()

    async def work():
        started = False

        def begin():
            nonlocal started
            started = True
            return fn(*args)

        try:
            with waiting:
                result = (await trio.to_thread.run_sync(begin, limiter=limiter), None)
        except Exception as error:
            result = (None, error)
        if started:
            send.send_nowait(result)

    with trio.move_on_after(timeout) as scope:
        trio.lowlevel.spawn_system_task(work)
        value, error = await receive.receive()
    if scope.cancelled_caught:
        waiting.cancel()
        raise TimedOut(f"{getattr(fn, '__name__', repr(fn))} exceeded {timeout} s")
    if error is not None:
        raise error
    return value
