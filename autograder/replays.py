"""The timeline of a run that has failed, for the feedback page: recorded in the jail, read here.

Theory of operation
===================
1. The run that shows why an open check failed is asked for once more, before a recorder, right after the check and in
   the same process. No hidden check is in the jail by then, so no timeline can show one. Hidden ones are not replayed.
2. A timeline is of the run that was judged: where the second run shows anything else, there is none. What takes real
   time is not run again.
3. Nothing of it is believed (`lanes_json`), and it never changes a verdict. The first replay that hangs or dies is the
   last of its notebook. One that takes the jail with it is not asked for when the notebook runs again (`proof`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicelab.lanes_json import from_lists
from servicelab.values import NotPlainError

from .episodes import read
from .transcript import FAILED, judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicelab.lanes import Timeline

    from .episodes import Episode
    from .transcript import Expectation, Verdict

REPLAY_LIMIT_S = 2.0
MAX_REPLAY_BYTES = 1 << 20
MAX_DRAWN = 200_000
"""Bytes of a drawing; that of a check which fails takes some ten thousand."""


class Replays:
    """What is replayed while one notebook runs.

    Args:
        expectations: what the reference showed, by the index of a check's request.
    """

    def __init__(self, expectations: Mapping[int, Expectation]) -> None:
        self.timelines: dict[int, Timeline] = {}
        self.verdicts: dict[int, Verdict] = {}
        self._expectations = expectations
        self._waiting: tuple[list[int], Episode] | None = None
        self._over = False

    @property
    def unanswered(self) -> bool:
        """Whether a replay was asked for, and the conversation ended before its reply."""
        return self._waiting is not None

    def further(self, request: Mapping[str, Any], reply: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What to ask after a reply: of a check that has failed, the run that shows why."""
        if request["op"] == "replay":
            self._take(request["index"], reply)
            return None
        if request["op"] != "check" or reply["status"] != "done" or self._over:
            return None
        found = judge(self._expectations[request["index"]], reply["events"], status=reply["status"])
        self.verdicts[request["index"]] = found
        if found.status != FAILED or found.run is None:
            return None
        self._waiting = list(found.run), read(reply["events"]).episodes[found.run]
        limits = {"limit_s": REPLAY_LIMIT_S, "max_bytes": MAX_REPLAY_BYTES}
        return {**request, "op": "replay", "only": list(found.run), **limits}

    def _take(self, index: int, reply: Mapping[str, Any]) -> None:
        waiting, self._waiting = self._waiting, None
        self._over = reply["status"] != "done"
        if waiting is not None and (timeline := _timeline(reply["events"], *waiting)) is not None:
            self.timelines[index] = timeline


def _timeline(events: list[Any], run: list[int], judged: Episode) -> Timeline | None:
    """The timeline that a replay sent, if it is one and of the run that was judged."""
    sent = [event for event in events if _is_timeline(event)]
    shown = read([event for event in events if not _is_timeline(event)])
    if len(sent) != 1 or shown.broken or shown.episodes != {tuple(run): judged}:
        return None
    try:
        return from_lists(sent[0][1])
    except NotPlainError:
        return None


def _is_timeline(event: Any) -> bool:
    return type(event) is list and len(event) == 2 and event[0] == "timeline"


def drawn(timeline: Timeline) -> dict[str, str] | None:
    """A timeline as data of an output; None if it is none that can be drawn."""
    from servicelab.drawing import page

    try:
        words = timeline.text()
        html = page(timeline.svg("The run that failed"), words)
    except Exception:  # it may be forged: numbers that no run has, say
        return None
    return {"text/html": html, "text/plain": words} if len(html) <= MAX_DRAWN else None
