"""misconception: one queue in which all stand is fair
fails: 4.5-shares
says: every whole round holds exactly weight items
"""
import trio


class PriorityQueue:
    def __init__(self, weights, *, capacity):
        self.send, self.receive = trio.open_memory_channel(capacity)

    async def put(self, priority, item):
        await self.send.send(item)

    async def get(self):
        return await self.receive.receive()
