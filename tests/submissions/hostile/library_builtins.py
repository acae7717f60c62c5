"""
attack: builtins that agree with everything
deserves: nothing
"""

CELL = """\
import builtins

builtins.sorted = lambda *args, **options: []
builtins.max = builtins.min = builtins.sum = lambda *args, **options: 0
builtins.list = lambda *args: []
builtins.len = lambda thing: 0
builtins.isinstance = lambda *args: True
builtins.__build_class__ = lambda *args, **options: None
"""
