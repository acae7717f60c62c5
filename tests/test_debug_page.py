"""The page of the debug port: the task tree, and the routes behind it."""

from __future__ import annotations

import trio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from servicelab import run
from servicelab.client import Answer, get
from servicelab.debug_page import tree_table, with_page


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
    assert "<td>sleep</td><td>5.0 s</td><td>a_lazy_task:" in lazy


def test_the_page_needs_nothing_from_elsewhere_and_hides_nothing():
    async def main() -> tuple[Answer, Answer]:
        return await get(APP, "/"), await get(APP, "/debug/pprof/heap")

    page, behind = run(main, draw=False)
    assert (page.status, "http" in page.body, "/debug/tree" in page.body) == (200, False, True)
    assert behind.body == "the heap"


def test_names_are_text():
    row = {"task": "<b>", "waits_for": "<i>", "waiting_s": None, "where": "<u>", "depth": 1}
    assert not any(tag in tree_table([row]) for tag in ("<b>", "<i>", "<u>"))
