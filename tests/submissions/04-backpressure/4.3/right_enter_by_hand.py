"""approach: one context manager class that waits in trio's ParkingLot until its deadline
"""
import trio


class Bulkheads:
    def __init__(self, capacities, *, patience=0.0):
        self.patience = patience
        self.taken = {name: 0 for name in capacities}
        self.capacities = dict(capacities)
        self.lots = {name: trio.lowlevel.ParkingLot() for name in capacities}

    def enter(self, name):
        bulkheads = self

        class Inside:
            async def __aenter__(self):
                await trio.lowlevel.checkpoint()
                until = trio.current_time() + bulkheads.patience
                while bulkheads.taken[name] >= bulkheads.capacities[name]:
                    if trio.current_time() >= until:
                        raise Overloaded(max(0.1, bulkheads.patience))
                    with trio.CancelScope(deadline=until):
                        await bulkheads.lots[name].park()
                bulkheads.taken[name] += 1

            async def __aexit__(self, *exc):
                bulkheads.taken[name] -= 1
                bulkheads.lots[name].unpark_all()

        return Inside()
