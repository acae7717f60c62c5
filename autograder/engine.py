"""Where notebooks run: in jails on this machine, or on the machines of a cluster (`cluster`)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

    from .execute import Grader
    from .proof import Evaluation


def default_jobs() -> int:
    """How many notebooks run at the same time: one more than processors, since each waits now and then."""
    return len(os.sched_getaffinity(0)) + 1


class Engine(Protocol):
    """Runs and judges notebooks."""

    jobs: int

    def evaluate(self, source: Path, notebook: NotebookNode) -> Evaluation:
        """Run and judge one notebook; may be called from as many threads as there are `jobs`."""


class Here:
    """This machine.

    Args:
        grader: knows the lab's plan and has the sandbox.
        jobs: how many notebooks run at the same time.
    """

    def __init__(self, grader: Grader, jobs: int) -> None:
        self.jobs = jobs
        self._grader = grader

    def evaluate(self, source: Path, notebook: NotebookNode) -> Evaluation:
        """Run and judge one notebook in a jail of this machine."""
        return self._grader.evaluate(source, notebook)
