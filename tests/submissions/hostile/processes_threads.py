"""
attack: as many threads as there can be
deserves: nothing
"""

CELL = """\
import threading
import time

while True:
    try:
        threading.Thread(target=time.sleep, args=(86400,), daemon=True).start()
    except RuntimeError:
        break
"""
