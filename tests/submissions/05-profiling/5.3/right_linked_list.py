"""approach: a doubly linked list with two ends, as in the textbooks
"""
class Node:
    def __init__(self, key=None, value=None):
        self.key, self.value = key, value
        self.before = self.after = self


class RecentCache:
    def __init__(self, max_items):
        self.max_items = max_items
        self.nodes = {}
        self.ring = Node()  # after it the least recently used, before it the most

    def unlink(self, node):
        node.before.after, node.after.before = node.after, node.before
        return node

    def link_last(self, node):
        node.before, node.after = self.ring.before, self.ring
        node.before.after = node.after.before = node

    def get(self, key):
        if key not in self.nodes:
            return None
        node = self.nodes[key]
        self.link_last(self.unlink(node))
        return node.value

    def put(self, key, value):
        if key in self.nodes:
            self.unlink(self.nodes.pop(key))
        self.nodes[key] = node = Node(key, value)
        self.link_last(node)
        if len(self.nodes) > self.max_items:
            oldest = self.unlink(self.ring.after)
            del self.nodes[oldest.key]
