"""
attack: it sends what it finds to somebody outside
deserves: nothing
"""

CELL = """\
import socket
import urllib.request

for target in [("1.1.1.1", 53), ("8.8.8.8", 443)]:
    with socket.create_connection(target, timeout=3):
        print("reached-the-outside-world")
print(urllib.request.urlopen("https://example.org", timeout=3).read())
"""
