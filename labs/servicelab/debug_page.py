"""A page in front of a debug port: the task tree, live, with where each task waits; a flame graph on request.

The page asks for nothing from elsewhere: it is one file, and the tables come ready-made from `/debug/tree`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from .waits import task_tree, watch_waits

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>debug port</title><link rel="icon" href="data:,"><style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 16px; color: #1b1f24; background: #fff; max-width: 1000px }
th, td { text-align: left; padding: 1px 16px 1px 0; vertical-align: top }
iframe { width: 100%; height: 420px; border: 1px solid #d5dae0 }
</style></head><body>
<h1>What the service does now</h1>
<p><label><input type="checkbox" id="live" checked> look every second</label></p>
<div id="tree"></div>
<h2>Where its time goes</h2>
<p><button id="profile">Profile for 2 seconds</button>
<a href="/debug/pprof/heap">memory</a> <a href="/debug/pprof/block">waiting, in all</a></p>
<iframe id="flame" title="flame graph" hidden></iframe>
<script>
const at = id => document.getElementById(id);
async function look() {
  try { if (at('live').checked) at('tree').innerHTML = await (await fetch('/debug/tree')).text(); }
  catch { at('tree').textContent = 'The debug port does not answer: the service has stopped, or its loop is blocked.'; }
  setTimeout(look, 1000);
}
at('profile').onclick = () => {
  at('flame').hidden = false;
  at('flame').src = '/debug/pprof/profile?seconds=2&' + Date.now();
};
look();
</script></body></html>
"""


def with_page(app: ASGIApp) -> ASGIApp:
    """Put the page in front of a debug application; its own routes stay what they are.

    Args:
        app: what `debug_app()` of lab 05 returns.
    """

    async def page(request: Request) -> Response:
        watch_waits()
        return HTMLResponse(_PAGE)

    async def tree(request: Request) -> Response:
        return HTMLResponse(task_tree().html())

    return Starlette(routes=[Route("/", page), Route("/debug/tree", tree), Mount("/", app)])
