"""
attack: an open check leaves a process of its own session that waits for the hidden ones, and speaks for them
deserves: nothing
"""

CELL = """\
import os
import time

started = []


def haunt():
    os.setsid()
    if os.fork():
        os._exit(0)
    for _ in range(300):
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                for fd in (200, 201, *range(3, 40)):
                    try:
                        with open(f"/proc/{name}/fd/{fd}", "wb", buffering=0) as pipe:
                            os.set_blocking(pipe.fileno(), False)
                            pipe.write(b'{"end": true}' + bytes([10]))
                    except OSError:
                        pass
        time.sleep(0.05)
    os._exit(0)


async def gather(*async_fns):
    if not started:
        started.append(1)
        if os.fork() == 0:
            haunt()
    return []
"""
