"""
attack: a process of a session of its own that outlives the notebook
deserves: nothing
"""

CELL = """\
import os
import subprocess
import sys

code = "import time; time.sleep(86400)  # survivor-of-processes-daemon"
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        import time

        time.sleep(86400)
    os._exit(0)
"""
