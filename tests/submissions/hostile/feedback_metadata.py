"""
attack: markup in the metadata of notebook and cells
deserves: nothing
"""

import json
import pathlib

CELL = """\
print('metadata')
"""


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    evil = "\"><script>document.title = 'pwned-by-metadata'</script>"
    notebook["metadata"].update(
        {"title": evil, "authors": [{"name": evil}], "kernelspec": {"name": evil, "display_name": evil}}
    )
    notebook["metadata"]["language_info"] = {"name": evil, "pygments_lexer": evil, "mimetype": evil}
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {evil: evil}}}
    for cell in notebook["cells"]:
        cell["metadata"].update({"tags": [evil], "name": evil, "slideshow": {"slide_type": evil}})
    path.write_text(json.dumps(notebook), encoding="utf-8")
