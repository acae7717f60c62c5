"""approach: a cancelled caller withdraws a request that the owner has not begun; a refused add raises
"""

import trio


class OwnedCounter:
    def __init__(self, store):
        self._store = store
        self._send, self._receive = trio.open_memory_channel(0)

    async def __aenter__(self):
        self._manager = trio.open_nursery()
        nursery = await self._manager.__aenter__()
        nursery.start_soon(self._serve)
        return self

    async def __aexit__(self, *details):
        await self._send.aclose()
        await self._manager.__aexit__(*details)

    async def _serve(self):
        async for request in self._receive:
            if request["withdrawn"]:
                continue
            key = request["key"]
            await self._store.set(key, await self._store.get(key, 0) + request["n"])
            request["done"].set()

    async def add(self, key, n=1):
        request = {"key": key, "n": n, "done": trio.Event(), "withdrawn": False}
        try:
            await self._send.send(request)
            await request["done"].wait()
        except trio.Cancelled:
            request["withdrawn"] = True
            raise

    async def value(self, key):
        return await self._store.get(key, 0)
