"""
attack: honest: warnings as errors, no traceback limit, another locale, another folder, a collector that is off
deserves: full
"""

CELL = """\
import gc
import logging
import os
import random
import sys
import warnings

warnings.simplefilter("error")
sys.tracebacklimit = 0
sys.setrecursionlimit(400)
gc.disable()
random.seed(0)
logging.basicConfig(level=logging.DEBUG)
logging.getLogger().setLevel(1)
os.makedirs("mine", exist_ok=True)
os.chdir("mine")
os.environ["PYTHONWARNINGS"] = "error"
"""
