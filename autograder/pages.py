"""Feedback pages: nbgrader's, without hidden checks, and made quickly.

What most of a class has in common, the course's own text and code, is turned into HTML once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import pass_context
from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from .inert import clean, clean_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

_KEPT = 4096  # texts; a lab has about 200
_HIDDEN = "### BEGIN HIDDEN TESTS"


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
        """Nbconvert's filters, ours in their places."""
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
