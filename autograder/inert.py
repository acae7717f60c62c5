"""HTML from a student, made inert: what is left can be looked at, and does nothing.

A page is taken apart into tags and text, and written anew from a list of known tags and harmless attributes. Nothing is
copied as it was: text and values are escaped, so there is nothing that a browser could read in another way. Our own
timelines come through as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from html.parser import HTMLParser

from nbconvert.filters import strip_files_prefix

_SHAPES = "svg g path rect circle ellipse line polyline polygon text tspan title desc defs marker clippath"
_MARKUP = """
a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i
img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr tt u ul var
"""
_BEARABLE = """
align alt aria-hidden aria-label aria-labelledby aria-describedby class clip-path colspan cx cy d dominant-baseline dx
dy fill fill-opacity focusable font-family font-size font-style font-weight height id lang markerheight markerunits
markerwidth offset opacity open orient paint-order pointer-events points preserveaspectratio r refx refy role rotate
rowspan rx ry start stroke stroke-dasharray stroke-linecap stroke-linejoin stroke-opacity stroke-width tabindex
text-anchor textlength title transform valign viewbox width x x1 x2 xmlns y y1 y2
"""
_SWALLOWED = "script style iframe object embed applet noscript template math textarea xmp noembed noframes"
_CAMELS = "viewBox preserveAspectRatio clipPath markerHeight markerWidth markerUnits refX refY textLength"
_TAGS = frozenset(_MARKUP.split()) | frozenset(_SHAPES.split())
_SILENT = frozenset(_SWALLOWED.split())
_EMPTY = frozenset({"br", "col", "hr", "img"})
_ATTRIBUTES = frozenset(_BEARABLE.split())
# a browser knows these in SVG whatever their case is; other readers of XML do not
_CASE = {name.lower(): name for name in _CAMELS.split()}
_STYLE = re.compile(r"[\w\s:;,.%#()+'\"-]*")
_OUTSIDE = re.compile(r"url\s*\(\s*[^#\s]|expression|@import|javascript", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|mailto:|#)[^\s<>\"']*")
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")


class _Cleaner(HTMLParser):
    """Writes anew what may stay."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []
        self._silent: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent is None and tag in _SILENT:
            self._silent = tag
        if self._silent is not None or tag not in _TAGS:
            return
        kept = "".join(f' {_CASE.get(name, name)}="{escape(value)}"' for name, value in _harmless(tag, attrs))
        self.parts.append(f"<{_CASE.get(tag, tag)}{kept}>")
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            return
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent is not None:
            self._silent = None if tag == self._silent else self._silent
        elif tag in self.open:
            while self.open[-1] != tag:
                self.parts.append(f"</{self.open.pop()}>")
            self.open.pop()
            self.parts.append(f"</{_CASE.get(tag, tag)}>")

    def handle_data(self, data: str) -> None:
        if self._silent is None:
            self.parts.append(escape(data, quote=False))

    def finished(self) -> str:
        """What may stay, with every tag closed."""
        self.close()
        return "".join([*self.parts, *(f"</{tag}>" for tag in reversed(self.open))])


def _harmless(tag: str, attrs: list[tuple[str, str | None]]) -> list[tuple[str, str]]:
    kept = []
    for name, given in attrs:
        value = given or ""
        if name == "style":
            fine = _STYLE.fullmatch(value) is not None and not _OUTSIDE.search(value)
        elif name == "href" and tag == "a":
            fine = _LINK.fullmatch(value) is not None
        elif name == "src" and tag == "img":
            fine = _PICTURE.fullmatch(value) is not None
        else:
            fine = name in _ATTRIBUTES and not _OUTSIDE.search(value)
        if fine:
            kept.append((name, value))
    return kept


def clean(element: str | bytes) -> str:
    """Make HTML inert; stands in for nbconvert's filter of the name `clean_html`."""
    return _cleaned(element.decode(errors="replace") if isinstance(element, bytes) else str(element))


@lru_cache(maxsize=256)  # many submissions show the same pictures
def _cleaned(text: str) -> str:
    cleaner = _Cleaner()
    cleaner.feed(text)
    return cleaner.finished()


def clean_markdown(element: str) -> str:
    """The same for rendered Markdown; stands in for the filter `strip_files_prefix`, which always comes after it."""
    return clean(strip_files_prefix(element))
