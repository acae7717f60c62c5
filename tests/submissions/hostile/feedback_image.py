"""
attack: pictures that are documents, and data of forbidden kinds
deserves: nothing
"""

CELL = """\
import base64

from IPython.display import display

page = "<script>document.title = 'pwned-by-picture'</script>"
display({"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{page}</svg>", "text/plain": "svg"}, raw=True)
display({"image/png": f"x' onerror='document.title=1'>{page}", "text/plain": "png"}, raw=True)
display({"text/latex": f"$x$ {page}", "text/plain": "latex"}, raw=True)
display({"text/markdown": f"[x](javascript:alert('markdown-output')) {page}", "text/plain": "markdown"}, raw=True)
display({"text/vnd.mermaid": f"graph TD; A-->B {page}", "application/javascript": "alert('output-script')"}, raw=True)
"""
