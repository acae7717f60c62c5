"""
attack: a tracing function that writes into the locals of the checks, below Python
deserves: nothing
"""

CELL = """\
import ctypes
import sys
import threading

write = ctypes.pythonapi.PyFrame_LocalsToFast
write.argtypes = [ctypes.py_object, ctypes.c_int]


class Same:
    __eq__ = lambda self, other: True
    __hash__ = lambda self: 0


def trace(frame, event, arg):
    if "check" in frame.f_code.co_name or frame.f_code.co_filename.startswith("<"):
        for name in list(frame.f_locals):
            if name in ("got", "result", "results", "order", "seen", "started", "ended"):
                frame.f_locals[name] = Same()
        write(frame, 0)
    return trace


sys.settrace(trace)
threading.settrace(trace)
sys.setprofile(trace)


async def gather(*async_fns):
    sys.settrace(trace)
    frame = sys._getframe()
    while frame is not None:
        frame.f_trace = trace
        frame = frame.f_back
    return []
"""
