"""
attack: tracing, audit hooks, import hooks and exception hooks of every kind
deserves: nothing
"""

CELL = """\
import gc
import sys
import threading


def trace(frame, event, argument):
    if frame.f_code.co_filename == "<check>":
        for name in ("got", "started", "cleaned", "told", "seen"):
            if name in frame.f_locals:
                frame.f_locals[name] = frame.f_locals.get("expected")
    return trace


sys.settrace(trace)
threading.settrace(trace)
sys.excepthook = sys.unraisablehook = lambda *args: None
gc.callbacks.append(lambda *args: None)
sys.meta_path.insert(0, type("Finder", (), {"find_spec": staticmethod(lambda *args: None)}))
get_ipython().showtraceback = lambda *args, **kwargs: None
"""
