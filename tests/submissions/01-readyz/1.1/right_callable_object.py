"""approach: an object with an async __call__ in place of a function
"""
from starlette.responses import PlainTextResponse



class Alive:
    async def __call__(self, request):
        return PlainTextResponse("ok", status_code=200)


healthz = Alive()
