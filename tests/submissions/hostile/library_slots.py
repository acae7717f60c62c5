"""
attack: the methods of built-in types changed below Python
deserves: nothing
"""

CELL = """\
import ctypes
import gc


def change(kind, name, value):
    gc.get_referents(kind.__dict__)[0][name] = value
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


change(list, "append", lambda self, item: None)
change(list, "__eq__", lambda self, other: True)
change(str, "__eq__", lambda self, other: True)
change(int, "__eq__", lambda self, other: True)
"""
