"""The page of the debug port: the task tree, and the routes behind it."""

from __future__ import annotations

import re

import trio
from IPython.core.formatters import DisplayFormatter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from servicelab import run
from servicelab.client import Answer, get
from servicelab.debug_page import with_page
from servicelab.tree import TaskTree
from servicelab.waits import task_tree


async def heap(request: Request) -> Response:
    return PlainTextResponse("the heap")


APP = with_page(Starlette(routes=[Route("/debug/pprof/heap", heap)]))


def test_the_tree_tells_where_each_task_waits_and_for_how_long():
    async def a_lazy_task() -> None:
        await trio.sleep_forever()

    async def main() -> str:
        async with trio.open_nursery() as nursery:
            await get(APP, "/")  # begins to look
            nursery.start_soon(a_lazy_task)
            await trio.sleep(5)
            answer = await get(APP, "/debug/tree")
            nursery.cancel_scope.cancel()
        return answer.body

    lazy = next(row for row in run(main, draw=False).split("<tr>") if "a_lazy_task" in row)
    assert "sleep 5.0 s a_lazy_task:" in " ".join(re.sub("<[^>]*>", " ", lazy).split())


def test_the_page_needs_nothing_from_elsewhere_and_hides_nothing():
    async def main() -> tuple[Answer, Answer]:
        return await get(APP, "/"), await get(APP, "/debug/pprof/heap")

    page, behind = run(main, draw=False)
    assert (page.status, "http" in page.body, "/debug/tree" in page.body) == (200, False, True)
    assert behind.body == "the heap"


def test_names_are_text():
    row = {"task": "<b>", "waits_for": "<i>", "waiting_s": None, "where": "<u>", "depth": 1}
    assert not any(tag in TaskTree([row]).html() for tag in ("<b>", "<i>", "<u>"))


def test_in_a_notebook_a_tree_is_a_table_and_elsewhere_indented_text():
    async def a_lazy_task() -> None:
        await trio.sleep_forever()

    async def main() -> TaskTree:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(a_lazy_task)
            task_tree()  # begins to look
            await trio.sleep(5)
            tree = task_tree()
            nursery.cancel_scope.cancel()
        return tree

    tree = run(main, draw=False)
    shown, _ = DisplayFormatter().format(tree)
    assert shown["text/html"] == tree.html()
    head, *lines = shown["text/plain"].splitlines()
    assert head.split() == ["Task", "Waits", "for", "Since", "Where"]
    assert len(lines) == len(tree)
    lazy = next(line for line in lines if "a_lazy_task" in line)
    assert lazy.startswith("  ")
    assert "sleep" in lazy
    assert "5.0 s" in lazy
