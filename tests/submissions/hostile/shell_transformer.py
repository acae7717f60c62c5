"""
attack: an input transformer that empties every later cell
deserves: nothing
"""

CELL = r"""
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["pass\n"])
shell.input_transformer_manager.cleanup_transforms.append(lambda lines: ["pass\n"])
"""
