"""
attack: markup in the source of a solution
deserves: nothing
"""

CELL = '''\
# </pre></div><script>document.title = 'pwned-by-source'</script><img src=x onerror="alert('source-script')">
"""</code></pre><svg onload="document.title = 'pwned-by-docstring'">"""
'''
