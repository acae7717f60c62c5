"""
attack: an audit hook, which nobody can take away, that refuses to fork, open, send and import
deserves: nothing
"""

CELL = """\
import sys


def refuse(event, args):
    if event.split(".")[0] in ("os", "open", "socket", "import", "exec", "compile", "subprocess", "gc", "sys"):
        raise SystemExit(0)


sys.addaudithook(refuse)
"""
