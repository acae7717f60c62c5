"""
attack: modules beside the notebook that stand in for libraries
deserves: nothing
"""

import pathlib

CELL = """\
import trio

print(trio)
"""


def tamper(folder: pathlib.Path) -> None:
    for name in (
        "trio",
        "servicelab",
        "helper",
        "sitecustomize",
        "ipykernel_launcher",
        "IPython",
        "nbgrader",
        "random",
    ):
        (folder / f"{name}.py").write_text("def __getattr__(name):\n    return lambda *args, **kwargs: None\n")
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.ClearSolutions.code_stub = {}\n")
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (folder / "conftest.py").write_text("raise SystemExit(0)\n")
