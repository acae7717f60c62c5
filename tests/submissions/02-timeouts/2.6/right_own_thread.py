"""approach: a thread of its own, without to_thread: the token is taken on behalf of the thread and given back by it
"""
import threading

import trio


async def in_thread(fn, *args, limiter, timeout):
    token, done, ticket, results = trio.lowlevel.current_trio_token(), trio.Event(), object(), []

    def ended():
        limiter.release_on_behalf_of(ticket)
        done.set()

    def work():
        try:
            results.append((fn(*args), None))
        except Exception as error:
            results.append((None, error))
        finally:
            try:
                token.run_sync_soon(ended)
            except trio.RunFinishedError:
                pass

    with trio.move_on_after(timeout) as scope:
        await limiter.acquire_on_behalf_of(ticket)
        threading.Thread(target=work, daemon=True).start()
        await done.wait()
    if scope.cancelled_caught:
        raise TimedOut(f"{getattr(fn, '__name__', repr(fn))} exceeded {timeout} s")
    value, error = results[0]
    if error is not None:
        raise error
    return value
