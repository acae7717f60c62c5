"""
attack: markup in the text of an error, in a name and in printed text
deserves: nothing
"""

CELL = r"""
print("</pre></div><script>document.title = 'pwned-by-print'</script>")
print("\x1b[31m<img src=x onerror=alert('ansi-script')>\x1b]8;;javascript:alert('ansi-link')\x07click\x1b]8;;\x07")
Evil = type("<img src=x onerror=alert('type-script')>", (Exception,), {})
raise Evil("</pre><script>document.title = 'pwned-by-error'</script>")
"""
