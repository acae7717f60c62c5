"""
attack: an AST transformer that takes the asserts out of later cells
deserves: nothing
"""

CELL = """\
import ast


class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()

    def visit_Raise(self, node):
        return ast.Pass()


get_ipython().ast_transformers.append(NoAsserts())
"""
