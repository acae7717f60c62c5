"""Grade on a Dask cluster: its workers run and judge notebooks, each in a sandbox of its own.

Theory of operation
===================
1. Only running and judging goes to the cluster (`Cluster.evaluate`). Who is looked at, and what is written, stays here.
2. Every worker has a sandbox of its own, made by a plugin when it joins, also when it joins late or again. Nothing
   that a student sends ever runs in a worker's own process.
3. The plan, with the expected values, is handed out once and kept by the workers; when it was lost with the last of
   them that had it, it is handed out anew. It never enters a jail.
4. A worker that is lost gives its notebooks to another one (Dask does that). A notebook that has cost several workers
   their lives is told as such, and the class goes on.
"""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, Self

import nbformat
from distributed import Client, WorkerPlugin, get_worker
from distributed.scheduler import KilledWorker

from .errors import UsageError
from .jail import JailError
from .proof import evaluate
from .sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from distributed import Worker
    from nbformat import NotebookNode

    from .execute import Grader
    from .proof import Evaluation, Plan

CONNECT_LIMIT_S = 20.0
MAX_LOSSES = 5


class Cluster:
    """The workers of a Dask cluster; a context manager.

    Args:
        address: of the scheduler, "tcp://10.0.0.5:8786".
        grader: knows the lab's plan.
        unsafe: whether workers may go on where no jail can be built.
        level: exactly this level of isolation; the strongest that each worker has by default.

    Raises:
        UsageError: if nobody answers at the address, or there is no worker.
    """

    def __init__(self, address: str, grader: Grader, *, unsafe: bool = False, level: str | None = None) -> None:
        self._grader = grader
        self._client = _connected(address)
        self._client.register_plugin(_SandboxPlugin(unsafe=unsafe, level=level))
        threads = sum(self._client.nthreads().values())
        if not threads:
            self._client.close()
            raise UsageError(f"the scheduler at {address} has no workers: start some with `dask worker {address}`")
        self.jobs = threads + len(self._client.nthreads())  # one more for each worker, so that none waits for us
        self._plans: dict[Path, Any] = {}
        self._handing_out = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._client.close()

    def evaluate(self, source: Path, notebook: NotebookNode) -> Evaluation:
        """Run and judge one notebook on a worker.

        Raises:
            JailError: if no worker could.
        """
        for _ in range(MAX_LOSSES):
            plan = self._plan(source)
            task = self._client.submit(_evaluate, plan, nbformat.writes(notebook), pure=False, retries=1)
            try:
                made: Evaluation = task.result()
            except KilledWorker:
                raise JailError("it has ended several workers of the cluster") from None
            except CancelledError:  # so Dask says that what a task needs is lost
                self._forget(source, plan)
            else:
                return made
        raise JailError(f"the cluster has lost its workers {MAX_LOSSES} times")

    def _plan(self, source: Path) -> Any:
        """The plan of a notebook as the workers have it."""
        with self._handing_out:
            if source not in self._plans:
                self._plans[source] = self._client.scatter(self._grader.plan(source), broadcast=True)
            return self._plans[source]

    def _forget(self, source: Path, plan: Any) -> None:
        """Let the plan be handed out anew, unless it was already."""
        with self._handing_out:
            if self._plans.get(source) is plan:
                del self._plans[source]


def _connected(address: str) -> Client:
    try:
        return Client(address, timeout=CONNECT_LIMIT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"no Dask scheduler answers at {address}: {error}") from None


def _evaluate(plan: Plan, notebook: str) -> Evaluation:
    """Run one notebook in the sandbox of the worker that this is."""
    plugin: Any = get_worker().plugins[_SandboxPlugin.name]
    return evaluate(plan, nbformat.reads(notebook, as_version=4), plugin.sandbox)


class _SandboxPlugin(WorkerPlugin):
    """Gives a worker its sandbox, and takes it away when the worker ends."""

    name = "autograder-sandbox"

    def __init__(self, *, unsafe: bool, level: str | None) -> None:
        self.unsafe, self.level = unsafe, level
        self.sandbox: Sandbox | None = None

    def setup(self, worker: Worker) -> None:
        """Build the sandbox."""
        del worker
        self.sandbox = Sandbox(level=self.level, unsafe=self.unsafe)

    def teardown(self, worker: Worker) -> None:
        """End it."""
        del worker
        if self.sandbox is not None:
            self.sandbox.close()
