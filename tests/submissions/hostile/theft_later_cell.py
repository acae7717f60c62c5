"""
attack: a check keeps its source for a later cell to print
deserves: nothing
"""

import json
import pathlib

CELL = """\
import pathlib
import sys
import threading

NOTES = pathlib.Path("kept-for-a-later-cell")
shell = get_ipython()


def on_cell(*args):
    if NOTES.exists():
        print(NOTES.read_text())


shell.events.register("pre_run_cell", on_cell)


async def gather(*async_fns):
    frame = sys._getframe()
    while frame is not None:
        if "source" in frame.f_locals:
            NOTES.write_text(frame.f_locals["source"])
        frame = frame.f_back
"""


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    extra = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    source = "import pathlib\nprint(pathlib.Path('kept-for-a-later-cell').read_text())\n"
    source += "import glob\nprint([open(name).read() for name in glob.glob('*')])"
    notebook["cells"].append(dict(extra, id="tell", source=source))
    path.write_text(json.dumps(notebook), encoding="utf-8")
