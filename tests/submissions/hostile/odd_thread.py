"""
attack: honest: a thread and a child process in a cell
deserves: full
"""

CELL = """\
import subprocess
import sys
import threading

thread = threading.Thread(target=sum, args=(range(1000),))
thread.start()
thread.join()
print(subprocess.run([sys.executable, "-c", "print('from a child')"], capture_output=True, text=True).stdout)
"""
