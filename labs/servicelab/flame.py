"""A flame graph as one static SVG: width is weight, above a function lies what it called.

The same profile gives the same bytes. Colour says whose code it is, and so does the text equivalent: orange is yours,
blue is trio's, grey are libraries. Hovering a bar shows the whole name, the place and the share.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .drawing import page
from .places import is_library
from .svg import INK, SOFT, element, fit, picture, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .profiles import Frame, Profile

WIDTH, LEFT, TOP, ROW = 900.0, 10.0, 46.0, 19.0
NARROWEST = 1.5
"""A bar that would be narrower, in pixels, is not drawn; the text equivalent says so."""
MAX_ROWS = 40

_FILLS = {"yours": "#f2b84b", "trio": "#9ccdf0", "library": "#d9dee4", "all": "#eef1f4"}
_WORDS = {"yours": "your code", "trio": "trio", "library": "libraries"}


@dataclass
class Node:
    """A function under a chain of callers."""

    frame: Frame | None
    weight: float = 0.0
    children: dict[Frame, Node] = field(default_factory=dict)


@dataclass(frozen=True)
class FlameGraph:
    """A flame graph, as a drawing and in words."""

    svg: str
    text: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": page(self.svg, self.text), "text/plain": self.text}

    def document(self) -> str:
        """A whole HTML page, for a browser: nothing in it comes from elsewhere."""
        head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>profile</title></head>'
        style = "margin:16px;font-family:system-ui,sans-serif"
        return f'{head}<body style="{style}">{page(self.svg, self.text)}</body></html>'


def flame_graph(profile: Profile, title: str = "") -> FlameGraph:
    """Draw a profile.

    Args:
        profile: what was seen.
        title: the headline.
    """
    root = tree_of(profile)
    title = title or {"cpu": "Where the time went", "heap": "What holds the memory"}.get(profile.kind, "Profile")
    told = "\n".join([title, f"{amount(root.weight, profile.unit)} in all", *_told(root, root.weight, profile.unit)])
    rows = min(MAX_ROWS, _depth(root))
    height = TOP + ROW * rows + 34
    parts = [text(14, 22, title, font_size=14, font_weight=600, fill=INK)]
    summary = f"{amount(root.weight, profile.unit)} · the wider, the more"
    parts.append(text(WIDTH - 14, 22, summary, font_size=11, text_anchor="end", fill=SOFT))
    if not root.weight:
        parts.append(text(WIDTH / 2, TOP + ROW / 2, "nothing was seen", text_anchor="middle", fill=SOFT))
    else:
        parts += _bars(root, LEFT, WIDTH - 2 * LEFT, 0, rows, root.weight, profile.unit)
        parts += _legend(height - 14)
    return FlameGraph(picture(WIDTH, height, title, told, "".join(parts)), told)


def tree_of(profile: Profile) -> Node:
    """The stacks of a profile, joined where they begin alike."""
    root = Node(None)
    for stack, weight in profile.weights.items():
        node = root
        node.weight += weight
        for frame in stack:
            node = node.children.setdefault(frame, Node(frame))
            node.weight += weight
    return root


def _sorted(node: Node) -> list[Node]:
    """Children by name, so that the picture does not depend on the order of samples."""
    return sorted(node.children.values(), key=lambda child: child.frame or ())


def _depth(node: Node) -> int:
    return 1 + max(map(_depth, node.children.values()), default=0)


def _bars(node: Node, x: float, width: float, row: int, rows: int, total: float, unit: str) -> Iterator[str]:
    y = TOP + ROW * (rows - 1 - row)  # the root at the bottom
    name = node.frame.name if node.frame else "all"
    share = f"{amount(node.weight, unit)}, {node.weight / total:.0%}"
    where = f"\n{_file(node.frame.file)}, line {node.frame.line}" if node.frame else ""
    kind = _whose(node.frame)
    rect = element(
        "rect", x=x, y=y, width=max(0.5, width - 0.6), height=ROW - 1.5, rx=2, fill=_FILLS[kind], data_kind=kind
    )
    words = text(x + 4, y + 13, fit(name, width - 8, 11), font_size=11, fill=INK) if width > 26 else ""
    yield element("g", rect + words, hover=f"{name}: {share}{where}")
    if row + 1 >= rows:
        return
    for child in _sorted(node):
        wide = width * child.weight / node.weight
        if wide >= NARROWEST:
            yield from _bars(child, x, wide, row + 1, rows, total, unit)
        x += wide


def _legend(y: float) -> Iterator[str]:
    x = 14.0
    for kind, words in _WORDS.items():
        yield element("rect", x=x, y=y - 9, width=12, height=12, rx=2, fill=_FILLS[kind])
        yield text(x + 18, y + 1, words, font_size=11, fill=INK)
        x += 110


def _told(node: Node, total: float, unit: str, depth: int = 0) -> Iterator[str]:
    """The tree in words, without what has less than a hundredth."""
    for child in sorted(_sorted(node), key=lambda one: -one.weight):
        if total and child.weight >= total / 100 and child.frame and depth < MAX_ROWS:
            share = f"{child.weight / total:4.0%}  {amount(child.weight, unit)}"
            yield f"{'  ' * depth}{child.frame.name}  {share}"
            yield from _told(child, total, unit, depth + 1)


def _whose(frame: Frame | None) -> str:
    if frame is None:
        return "all"
    file = frame.file.replace("\\", "/")
    if "/trio/" in file or "/outcome/" in file:
        return "trio"
    return "library" if is_library(frame.file) or "/servicelab/" in file else "yours"


def _file(path: str) -> str:
    """The end of a path: where the program lies on this machine is nobody's business."""
    return "/".join(path.replace("\\", "/").split("/")[-2:])


def amount(weight: float, unit: str) -> str:
    """A weight with its unit, in three digits."""
    if unit != "bytes":
        return f"{weight:.3g} {'second' if (unit, weight) == ('seconds', 1) else unit}"
    for size, name in ((1 << 20, "MB"), (1 << 10, "kB")):
        if weight >= size:
            return f"{weight / size:.3g} {name}"
    return f"{weight:.0f} bytes"
