"""Feedback pages: what was promised, what happened and where to look, then the notebook, without hidden checks.

nbgrader's feedback with a template of our own (`templates/servicelab_feedback`): its own names every check "Test cell"
and is too wide for a phone. No script is in it, and its policy forbids any. What most of a class has in common, the
course's own text and code, is turned into HTML once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import pass_context
from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from servicelab.promises import title_of

from .inert import clean, clean_markdown
from .transcript import FAILED, NOT_ATTEMPTED, NOT_JUDGED, PASSED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbformat import NotebookNode

_KEPT = 4096  # texts; a lab has about 200
_HIDDEN = "### BEGIN HIDDEN TESTS"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_PART = re.compile(r"  (?P<name>Promised|Happened|Look at) +(?P<text>.*)")
_TICKED = re.compile(r"`([^`]+)`")
TEMPLATES = Path(__file__).parent / "templates"
ENAMES = {FAILED: "NotYet", NOT_ATTEMPTED: "NotAttempted", NOT_JUDGED: "CouldNotBeJudged"}
STATUS_OF = {ename: status for status, ename in ENAMES.items()}


class HideHiddenChecks(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Take the source of hidden checks out of a feedback page; the promise in the first line stays."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Cut a cell after its title if its check is hidden."""
        del cell_index
        if utils.is_grade(cell) and _HIDDEN in cell.source:
            cell.source = cell.source.split(_HIDDEN, 1)[0].rstrip()
        return cell, resources


class FeedbackPage(HTMLExporter):
    """nbconvert's HTML, with inert outputs, and with the steps that are the same for everybody done once."""

    file_extension = ".html"

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """Nbconvert's filters, ours in their places, `verdict` and `ticked`."""
        yield "verdict", verdict
        yield "ticked", ticked
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "clean_html", clean
        yield "strip_files_prefix", _clean_markdown  # nbgrader's template asks for no other after Markdown
        yield "markdown2html", _markdown

    def from_notebook_node(  # type: ignore[override]  # as HTMLExporter's: a page, not a notebook
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Make the page; HTMLExporter would read it once more, to add what nbgrader's template has no use for."""
        resources = self._init_resources(resources)  # type: ignore[no-untyped-call]
        self.register_filter("highlight_code", _highlight)  # type: ignore[no-untyped-call]
        kind = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources)
        self.register_filter("filter_data_type", kind)  # type: ignore[no-untyped-call]
        page: tuple[str, dict[str, Any]] = TemplateExporter.from_notebook_node(self, nb, resources, **kw)
        return page


@dataclass(frozen=True)
class Told:
    """What a page tells of a graded cell.

    Attributes:
        status: "passed", "failed", "not attempted" or "not judged".
        promise: what the check promises, in short.
        title: the headline of its verdict.
        parts: promised, happened, look at: name and text of those that there are.
        has_timeline: whether the run that failed is drawn below.
    """

    status: str
    promise: str
    title: str
    parts: tuple[tuple[str, str], ...]
    has_timeline: bool = False


def verdict(cell: NotebookNode) -> Told | None:
    """What a graded cell's output tells; None if the cell is no check."""
    if cell.cell_type != "code" or not utils.is_grade(cell) or utils.is_solution(cell):
        return None
    named = title_of(cell.source)
    promise = named[1] if named else str(cell.metadata.nbgrader.grade_id)
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if not errors:
        return Told(PASSED if cell.outputs else NOT_JUDGED, promise, promise, ())
    first, *lines = _ANSI.sub("", "\n".join(errors[0].traceback)).splitlines() or [promise]
    drawn = any(output.output_type == "display_data" for output in cell.outputs)
    return Told(STATUS_OF.get(errors[0].ename, NOT_JUDGED), promise, first, tuple(_parts(lines)), drawn)


def _parts(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Name and text of the parts of a failure, its wrapped lines joined."""
    for number, line in enumerate(lines):
        if match := _PART.match(line):
            rest = takewhile(lambda other: not _PART.match(other), lines[number + 1 :])
            yield match["name"], " ".join([match["text"], *map(str.strip, rest)])


def ticked(text: str) -> str:
    """Text as HTML, what stands between backticks as code."""
    return _TICKED.sub(r"<code>\1</code>", escape(text))


class _Renderer(IPythonRenderer):
    """nbconvert's Markdown; a picture that the notebook no longer holds is left out, and stops nothing."""

    def _embed_image_or_attachment(self, src: str) -> str:
        try:
            return str(super()._embed_image_or_attachment(src))
        except InvalidNotebook:
            return ""


@pass_context
def _markdown(context: Any, source: str) -> str:
    attachments = context.get("cell", {}).get("attachments")
    return _rendered.__wrapped__(source, attachments) if attachments else _rendered(source)


@lru_cache(_KEPT)
def _rendered(source: str, attachments: dict[str, Any] | None = None) -> str:
    return str(MarkdownWithMath(renderer=_Renderer(escape=False, attachments=attachments)).render(source))


@lru_cache(_KEPT)
def _clean_markdown(element: str) -> str:
    return clean_markdown(element)


@lru_cache(_KEPT)
def _highlighted(source: str, language: str | None) -> str:
    return str(Highlight2HTML(pygments_lexer="python")(source, language))


def _highlight(source: str, language: str | None = None, metadata: Any = None) -> str:
    del metadata
    return _highlighted(source, language)
