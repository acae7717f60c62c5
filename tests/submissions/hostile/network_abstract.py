"""
attack: it talks to whoever listens on this machine
deserves: nothing
"""

CELL = """\
import pathlib
import socket

for port in (22, 80, 631, 5432, 8888):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2)
        print("reached-a-service-of-the-host", port)
    except OSError:
        pass
for line in pathlib.Path("/proc/net/unix").read_text().splitlines():
    print(line)
"""
