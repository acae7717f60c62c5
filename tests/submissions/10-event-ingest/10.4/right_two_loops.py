"""approach: an inner loop that tries until it is connected; who waits sits in a parking lot
"""
from itertools import count

import trio


class Connection:
    def __init__(self, connect, *, backoff=(0.1, 30.0), jitter=full_jitter):
        self._connect, self._first, self._most, self._jitter = connect, *backoff, jitter
        self._line = None
        self._lot = trio.lowlevel.ParkingLot()

    @property
    def up(self):
        return self._line is not None

    async def _until_connected(self, failed):
        for attempt in count(failed):
            if attempt:
                await trio.sleep(self._jitter(min(self._first * 2 ** (attempt - 1), self._most)))
            try:
                return await self._connect()
            except Exception:
                continue

    async def run(self):
        failed = 0
        while True:
            self._line = await self._until_connected(failed)
            self._lot.unpark_all()
            try:
                await self._line.wait_closed()
            except Exception:
                pass
            finally:
                self._line = None
            failed = 1

    async def get(self):
        while self._line is None:
            await self._lot.park()
        return self._line
