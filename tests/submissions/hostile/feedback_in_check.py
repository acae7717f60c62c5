"""
attack: markup and scripts in what a check observes
deserves: nothing
"""

CELL = """\
async def gather(*async_fns):
    raise OSError("</pre><script>document.title = 'pwned-by-check'</script><img src=x onerror=alert('check-script')>")
"""
