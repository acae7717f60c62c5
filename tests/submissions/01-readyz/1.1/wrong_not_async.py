"""misconception: a route that does not wait need not be async
fails: 1.1-says-ok, 1.1-asks-nobody, 1.1-alive-though-all-is-down
says: can't be used in 'await' expression
"""
from starlette.responses import PlainTextResponse



def healthz(request):
    return PlainTextResponse("ok")
