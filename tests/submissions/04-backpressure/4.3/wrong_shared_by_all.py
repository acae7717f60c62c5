"""misconception: there is one Bulkheads only
fails: 4.3-waiting-apart
says: two Bulkheads share nothing
"""
class Bulkheads:
    """Compartments with places of their own."""

    def __init__(self, capacities, *, patience=0.0):
        """Make a compartment for each name in `capacities`; `patience` in seconds."""
        self.patience = patience
        Bulkheads.compartments = {name: trio.Semaphore(places) for name, places in capacities.items()}

    def enter(self, name):
        """Return an async context manager that holds a place in the compartment `name` during its block.

        Raises:
            Overloaded: on entering, if the compartment stayed full for `patience` seconds.
            KeyError: if there is no such compartment, here or on entering.
        """

        @asynccontextmanager
        async def entered(places):
            await trio.lowlevel.checkpoint()
            try:
                places.acquire_nowait()
            except trio.WouldBlock:
                with trio.move_on_after(self.patience) as wait:
                    await places.acquire()
                if wait.cancelled_caught:
                    raise Overloaded(max(self.patience, 1.0)) from None
            try:
                yield
            finally:
                places.release()

        return entered(self.compartments[name])
