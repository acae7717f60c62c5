"""
attack: HTML with scripts as the output of a cell
deserves: nothing
"""

CELL = r"""
from IPython.display import HTML, Javascript, SVG, display

display(HTML("<script>document.title = 'pwned-by-output'</script>"))
display(HTML("<img src=x onerror=\"document.title = 'pwned-by-handler'\">"))
display(HTML("<a href=\"javascript:document.title = 'pwned-by-link'\">look</a>"))
display(HTML("<svg onload=\"document.title = 'pwned-by-svg'\"><script>document.title = 'pwned-in-svg'</script></svg>"))
display(HTML("<iframe srcdoc=\"<script>parent.document.title = 'pwned-by-frame'</script>\"></iframe>"))
field = "<input name=grade autofocus onfocus=\"document.title = 'pwned-by-focus'\">"
display(HTML(f"<form action='https://example.org'>{field}</form>"))
display(Javascript("document.title = 'pwned-by-javascript'"))
"""
