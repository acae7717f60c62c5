"""
attack: honest: logs and warnings by the hundred, on stderr too
deserves: full
"""

CELL = """\
import logging
import sys
import warnings

for number in range(500):
    logging.warning("still working on it, %d", number)
print("to stderr", file=sys.stderr)
warnings.warn("this is deprecated", DeprecationWarning, stacklevel=1)
"""
