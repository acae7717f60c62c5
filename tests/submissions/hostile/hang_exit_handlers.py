"""
attack: threads and exit handlers that do not end
deserves: nothing
"""

CELL = """\
import atexit
import threading
import time

threading.Thread(target=time.sleep, args=(100_000,)).start()
atexit.register(time.sleep, 100_000)
"""
