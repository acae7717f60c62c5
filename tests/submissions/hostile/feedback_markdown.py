"""
attack: markdown cells with scripts in them
deserves: nothing
"""

import json
import pathlib

NOTES = r"""
# Me

<script>document.title = "pwned-by-markdown"</script>
<img src="x" onerror="document.title = 'pwned-by-markdown-handler'">
<a href="javascript:document.title = 'pwned'">look</a> [look](javascript:document.title='pwned')
<details open ontoggle="document.title = 'pwned-by-toggle'"><summary>x</summary></details>
<iframe src="data:text/html,<script>top.document.title = 'pwned-by-frame'</script>"></iframe>
<meta http-equiv="refresh" content="0; url=https://example.org">
<base href="https://example.org/"><object data="x.swf"></object>
<math><mtext><table><mglyph><style>
<img src=x onerror="document.title = 'pwned-by-mutation'"></style></mglyph></table></mtext></math>
<svg><animate onbegin="document.title = 'pwned-by-animation'" attributeName=x dur=1s></svg>
$\\href{javascript:document.title='pwned'}{x}$ <img src="https://example.org/pixel-that-tells">
"""
CELL = """\
print('look at my notes')
"""


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = {"cell_type": "markdown", "id": "my-notes", "metadata": {}, "source": NOTES}
    notebook["cells"] = [
        cell,
        *notebook["cells"],
        dict(cell, id="my-notes-again"),
        dict(cell, id="raw-notes", cell_type="raw"),
    ]
    path.write_text(json.dumps(notebook), encoding="utf-8")
