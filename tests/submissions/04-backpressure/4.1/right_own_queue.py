"""approach: a deque of waiting tasks and trio's low-level sleep and wake; the ticket is handed over by the one who leaves
"""
from collections import deque

import trio


class Tickets:
    def __init__(self, capacity):
        self.left = capacity
        self.line = deque()
        self.closed = False

    def hold(self):
        return _Hold(self)

    def shut_down(self):
        self.closed = True
        while self.line:
            trio.lowlevel.reschedule(self.line.popleft())

    def free(self):
        return self.left

    def give_back(self):
        if self.line:
            task = self.line.popleft()
            task.custom_sleep_data.has_ticket = True
            trio.lowlevel.reschedule(task)
        else:
            self.left += 1


class _Hold:
    def __init__(self, office):
        self.office = office
        self.has_ticket = False

    async def __aenter__(self):
        office = self.office
        await trio.lowlevel.checkpoint_if_cancelled()
        if not office.closed:
            if office.left:
                office.left -= 1
                self.has_ticket = True
            else:
                task = trio.lowlevel.current_task()
                task.custom_sleep_data = self
                office.line.append(task)

                def abort(raise_cancel):
                    office.line.remove(task)
                    return trio.lowlevel.Abort.SUCCEEDED

                await trio.lowlevel.wait_task_rescheduled(abort)
        if office.closed:
            if self.has_ticket:
                office.give_back()
            raise ShuttingDown

    async def __aexit__(self, *exc):
        self.office.give_back()
