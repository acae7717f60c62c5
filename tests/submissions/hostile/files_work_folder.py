"""
attack: modules in the work folder that stand in for libraries imported later
deserves: nothing
"""

CELL = r"""
import pathlib
import sys

for name in ("trio", "servicelab", "json", "random", "traceback", "outcome"):
    pathlib.Path(f"{name}.py").write_text("def __getattr__(name):\n    return lambda *args, **kwargs: True\n")
    pathlib.Path(name).mkdir(exist_ok=True)
    sys.modules.pop(name, None)
sys.path.insert(0, "")
sys.path.insert(0, ".")
"""
