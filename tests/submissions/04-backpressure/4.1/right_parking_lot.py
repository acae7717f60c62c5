"""approach: trio's ParkingLot is the line; a ticket that comes back stays reserved for the one who was woken
"""
import trio


class Tickets:
    def __init__(self, capacity):
        self._capacity = capacity
        self._taken = 0
        self._lot = trio.lowlevel.ParkingLot()
        self._stopped = False

    def hold(self):
        return Visit(self)

    def shut_down(self):
        self._stopped = True
        self._lot.unpark_all()

    def free(self):
        return self._capacity - self._taken

    async def _acquire(self):
        await trio.lowlevel.checkpoint()
        if self._stopped:
            raise ShuttingDown()
        if self._taken < self._capacity:
            self._taken += 1
        else:
            woken_with_ticket = [False]
            task = trio.lowlevel.current_task()
            self._granted = getattr(self, "_granted", set())
            await self._lot.park()
            if task in self._granted:
                self._granted.remove(task)
                if not self._stopped:
                    return
                self._release()
            raise ShuttingDown()
        await trio.lowlevel.cancel_shielded_checkpoint()
        if self._stopped:
            self._release()
            raise ShuttingDown()

    def _release(self):
        woken = self._lot.unpark(count=1)
        if woken:
            self._granted = getattr(self, "_granted", set())
            self._granted.add(woken[0])
        else:
            self._taken -= 1


class Visit:
    def __init__(self, office):
        self.office = office

    async def __aenter__(self):
        await self.office._acquire()
        return self

    async def __aexit__(self, kind, error, trace):
        self.office._release()
        return False
