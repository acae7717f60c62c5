"""What the labs' notebooks import: run trio in virtual time, check it under many schedules, look at what it did."""

from __future__ import annotations

from .errors import CheckFailed, CouldNotBeJudged, NotAttempted, NotYet
from .explore import panel
from .notebook import load_ipython_extension, unload_ipython_extension
from .predictions import predict, reveal
from .progress import progress
from .running import last_timeline, run
from .scheduler import be_the_scheduler
from .stimuli import describe, error_of, unseen
from .timeline import mark
from .verify import replay, verify

__all__ = [
    "CheckFailed",
    "CouldNotBeJudged",
    "NotAttempted",
    "NotYet",
    "be_the_scheduler",
    "describe",
    "error_of",
    "last_timeline",
    "load_ipython_extension",
    "mark",
    "panel",
    "predict",
    "progress",
    "replay",
    "reveal",
    "run",
    "unload_ipython_extension",
    "unseen",
    "verify",
]
