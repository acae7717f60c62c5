"""
attack: the shell's own methods replaced
deserves: nothing
"""

CELL = """\
shell = get_ipython()


async def nothing(*args, **kwargs):
    return False


shell.run_code = nothing
type(shell).run_code = nothing
type(shell).run_cell = lambda self, *args, **kwargs: type("R", (), {"error_in_exec": None, "error_before_exec": None})()
"""
