"""
attack: it listens on a port and leaves a process there
deserves: nothing
"""

CELL = """\
import os
import socket
import time

listener = socket.socket()
listener.bind(("0.0.0.0", 47831))
listener.listen()
if os.fork() == 0:
    os.setsid()
    while True:
        time.sleep(1000)
"""
