"""misconception: what runs is not yet anything to tell
fails: 3.2-as-before
says: statistics tells what runs, as before
"""
class WorkerPool:
    """Runs jobs, at most `workers` at the same time; a job that fails is told and counted, and harms nobody else."""

    def __init__(self, handler, *, workers, buffer=0, log=print):
        """Keep what is needed; nothing runs yet. `log` is called with text."""
        self.handler, self.workers, self.log = handler, workers, log
        self.inbox, self.outbox = trio.open_memory_channel(buffer)
        self.accepted = self.done = self.failed = self.running = 0

    async def __aenter__(self):
        """Start the workers; return the pool."""
        self.nursery_manager = trio.open_nursery()
        self.nursery = await self.nursery_manager.__aenter__()
        for _ in range(self.workers):
            self.nursery.start_soon(self._work)
        return self

    async def __aexit__(self, kind, error, frames):
        """Finish what was accepted; after an error in the block, cut it off. The error leaves the block as itself."""
        self.inbox.close()
        if error is not None:
            self.nursery.cancel_scope.cancel()
        await self.nursery_manager.__aexit__(None, None, None)

    async def submit(self, job):
        """Hand a job to the pool; wait while the buffer is full. A submit that is cancelled has not accepted."""
        await self.inbox.send(job)
        self.accepted += 1

    async def _work(self):
        async for job in self.outbox:
            self.running += 1
            try:
                await self.handler(job)
                self.done += 1
            except Exception as error:
                self.failed += 1
                self.log("".join(traceback.format_exception(error)))
            finally:
                self.running -= 1

    def statistics(self):
        """Return a PoolStatistics of this moment."""
        queued = self.inbox.statistics().current_buffer_used
        return PoolStatistics(self.accepted, self.done, self.failed, 0, queued)
