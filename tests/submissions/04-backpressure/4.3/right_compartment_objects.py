"""approach: a class for one compartment, a channel of places in each, and a context manager class
"""
import trio


class Compartment:
    def __init__(self, places):
        self.give, self.take = trio.open_memory_channel(places)
        for _ in range(places):
            self.give.send_nowait(None)

    async def get(self, patience):
        try:
            return self.take.receive_nowait()
        except trio.WouldBlock:
            pass
        with trio.move_on_after(patience):
            return await self.take.receive()
        raise Overloaded(patience + 0.5)


class Bulkheads:
    def __init__(self, capacities, *, patience=0.0):
        self.patience = patience
        self.compartments = {name: Compartment(places) for name, places in capacities.items()}

    def enter(self, name):
        return Place(self.compartments[name], self.patience)


class Place:
    def __init__(self, compartment, patience):
        self.compartment, self.patience = compartment, patience

    async def __aenter__(self):
        await self.compartment.get(self.patience)

    async def __aexit__(self, *exc):
        self.compartment.give.send_nowait(None)
