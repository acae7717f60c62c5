"""From observations to a verdict, on the clean side.

Theory of operation
===================
1. A student's process has run a graded cell in its one form and the reference's process in its other (`graded_cells`),
   with the same unseen inputs and the same dictated schedules; both have sent out what they saw.
2. `judge` compares. A point needs positive proof: every `verify` ran under every dictated schedule,
   each trace followed the dictated picks, every assert was seen exactly as often as by the reference, every comparison
   holds, nothing was raised, nothing was left behind. Whatever is missing proves nothing.
3. The reason is told in the same three parts that a student sees in the notebook. Hidden checks name the promise only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from servicelab import slips
from servicelab.errors import Failure
from servicelab.promises import look_for
from servicelab.schedules import trimmed
from servicelab.values import NotPlainError, decode, holds
from servicelab.verify import PROMISES_KEPT_BY_ALL, difference, missing_name, not_attempted
from servicelab.watch import GRAVE

from .episodes import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .episodes import Episode, Transcript
    from .graded_cells import GradedCell

MAX_FAULTS = 4
STUCK = ("deadlock", "endless")  # kinds of problem that may come of a check that goes on after a broken promise
_STUB = re.compile(r"Exercise \d+\.\d+: [\w.]{1,80}")
PASSED, FAILED, NOT_ATTEMPTED, NOT_JUDGED = "passed", "failed", "not attempted", "not judged"


@dataclass(frozen=True)
class Verdict:
    """What a graded cell earned, and why.

    Attributes:
        check_id: "0.2-first-wins".
        points: points earned.
        status: "passed", "failed", "not attempted" or "not judged".
        failure: what the student reads; None if it passed.
        run: number of the `verify` call and of the schedule under which it was seen to fail, if it ran to its end and
            the check is open.
    """

    check_id: str
    points: float
    status: str
    failure: Failure | None
    run: tuple[int, int] | None = None


@dataclass(frozen=True)
class Expectation:
    """What the reference solution shows of a graded cell, and under which schedules."""

    cell: GradedCell
    picks: tuple[tuple[int, ...], ...]
    reference: Transcript

    def faults(self) -> list[str]:
        """What makes the check unfit to judge anybody: the reference itself fails it, or shows too little."""
        found = [self.reference.broken] if self.reference.broken else []
        if self.reference.raised:
            found.append(f"the reference raises {self.reference.raised['text']}")
        under: dict[str, list[int]] = {}
        for number, schedule in _keys(self.cell, self.picks):
            episode = self.reference.episodes.get((number, schedule))
            if episode is None or episode.trace is None:
                under.setdefault(f"the reference does not reach verify {number + 1}", []).append(schedule)
            else:
                for fault in self._episode_faults(episode):
                    under.setdefault(fault, []).append(schedule)
        found += [f"{fault} ({_counted(schedules, len(self.picks))})" for fault, schedules in under.items()]
        return [*found[:MAX_FAULTS], f"and {len(found) - MAX_FAULTS} more"] if len(found) > MAX_FAULTS else found

    def _episode_faults(self, episode: Episode) -> list[str]:
        found = [f"the reference shows a problem: {text}" for _, text, _ in episode.problems]
        if episode.raised:
            found.append(f"the reference raises {episode.raised['text']}")
        if not episode.saw:
            found.append("nothing is asserted")
        for number, (left, right, _) in episode.saw:
            promise = self.cell.promises[number]
            if not holds(promise.operator, left, right):
                happened = difference(promise, _shown(left), _shown(right))
                found.append(f"line {promise.line}: the reference breaks it: {happened}")
        return found

    def expected_values(self) -> dict[int, set[str]]:
        """The expected values of each assert over all schedules, as text: one value everywhere can be guessed."""
        values: dict[int, set[str]] = {promise.number: set() for promise in self.cell.promises}
        for episode in self.reference.episodes.values():
            for number, (_, right, _) in episode.saw:
                values[number].add(repr(right))
        return values


def _counted(schedules: Sequence[int], of: int) -> str:
    """Say under how many schedules: `under 3 of 24 schedules, first [0, 1]`."""
    return f"under {len(schedules)} of {of} schedules, the first is number {schedules[0]}"


def _keys(cell: GradedCell, picks: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    return [(number, schedule) for number in range(len(cell.verified)) for schedule in range(len(picks))]


def judge(expectation: Expectation, events: object, *, status: str = "done") -> Verdict:
    """Judge what a student's process showed of a graded cell.

    Args:
        expectation: what the reference showed.
        events: what the student's process sent.
        status: how that process ended: "done", "timeout", "died" or another word of the sandbox.

    Returns:
        The verdict. Points only where everything was proven.
    """
    cell = expectation.cell
    transcript = read(events)
    failures = {number: _why_not(expectation, transcript, number, status) for number in range(len(cell.verified))}
    told = [(number, why) for number, why in failures.items() if why is not None]
    if not told:
        return Verdict(cell.check_id, cell.points, PASSED, None)
    number, (how, failure, schedule) = told[0]
    worths = [verified.worth for verified in cell.verified]
    points = 0.0
    if all(worth is not None for worth in worths):
        points = float(sum(worth or 0.0 for number, worth in enumerate(worths) if failures[number] is None))
    run = None if cell.hidden or schedule is None else (number, schedule)
    return Verdict(cell.check_id, min(points, cell.points), how, failure, run)


def _why_not(
    expectation: Expectation, transcript: Transcript, number: int, status: str
) -> tuple[str, Failure, int | None] | None:
    """Why one `verify` of a cell is not proven: status, failure, the schedule of a whole run that shows it."""
    cell = expectation.cell
    for schedule, picks in enumerate(expectation.picks):
        found = transcript.episodes.get((number, schedule))
        if found is None:
            return *_unfinished(cell, transcript, number, status), None
        reference = expectation.reference.episodes[number, schedule]
        why = _episode_why_not(cell, number, found, reference, picks, status)
        if why is not None:
            return *why, None if found.trace is None else schedule
    if transcript.done != len(cell.verified) or transcript.broken:
        return *_unfinished(cell, transcript, number, status), None
    skipped = _skipped(expectation, transcript, number)
    return skipped and (*skipped, None)


def _unfinished(cell: GradedCell, transcript: Transcript, number: int, status: str) -> tuple[str, Failure]:
    """Why a cell did not come to its end."""
    if transcript.broken:
        return NOT_JUDGED, _told(cell, number, "", transcript.broken, "Could not be judged")
    if transcript.raised:
        return _raised(cell, number, transcript.raised, cell.title, 0.0, "")
    return _ended(cell, number, status)


def _skipped(expectation: Expectation, transcript: Transcript, number: int) -> tuple[str, Failure] | None:
    """Whether right values were shown without the check's functions having been run.

    Other right solutions may call a function less often than the reference, so this asks for little: one that the
    reference runs under every schedule must have run under some, and one that always ends by itself must have done so.
    """
    ours = [expectation.reference.episodes[number, schedule].ended for schedule in range(len(expectation.picks))]
    theirs = [episode.ended for (verify, _), episode in transcript.episodes.items() if verify == number]
    cell = expectation.cell
    if any(len(found) != len(ours[0]) for found in theirs):
        return NOT_JUDGED, _told(cell, number, "", "not everything was observed", "Could not be judged")
    for place in range(len(ours[0])):
        least, most = min(run[place][0] for run in ours), max(run[place][0] for run in theirs)
        least_done = min(all_ - cancelled for all_, cancelled in (run[place] for run in ours))
        most_done = max(all_ - cancelled for all_, cancelled in (run[place] for run in theirs))
        if (least and not most) or (least_done and not most_done):
            happened = "the values were right, but the functions that give them were not run"
            return NOT_JUDGED, _told(cell, number, "", happened, "Could not be judged")
    return None


def _episode_why_not(
    cell: GradedCell, number: int, found: Episode, reference: Episode, picks: Sequence[int], status: str
) -> tuple[str, Failure] | None:
    under = "" if cell.hidden else f" (schedule {trimmed(picks)})"
    next_promise = _message(cell, reference, len(found.saw))
    unkept = _unkept(cell, number, found, reference, under)
    grave = [problem for problem in found.problems if problem[0] in GRAVE]
    if grave and not (unkept and unkept[0] == FAILED and grave[0][0] in STUCK):
        kind, text, at_s = grave[0]
        promised = PROMISES_KEPT_BY_ALL.get(kind) or next_promise
        return FAILED, _told(cell, number, promised, f"at {at_s:g} s {text}{under}", problem=kind)
    if unkept:
        return unkept
    if found.raised:
        return _raised(cell, number, found.raised, next_promise, found.end_s, under)
    if found.problems:
        kind, text, at_s = found.problems[0]
        return FAILED, _told(cell, number, PROMISES_KEPT_BY_ALL.get(kind, ""), f"at {at_s:g} s {text}{under}")
    if found.trace is None:
        return _ended(cell, number, status)
    if len(found.saw) != len(reference.saw):
        return NOT_JUDGED, _told(
            cell, number, next_promise, "the check ended before everything was observed", "Could not be judged"
        )
    if not _followed(found.trace, picks):
        return NOT_JUDGED, _told(
            cell, number, "", "the run did not follow the dictated schedule", "Could not be judged"
        )
    return None


def _unkept(
    cell: GradedCell, number: int, found: Episode, reference: Episode, under: str
) -> tuple[str, Failure] | None:
    """The first observation that is not as the reference's."""
    for place, (assertion, values) in enumerate(found.saw):
        if place >= len(reference.saw) or reference.saw[place][0] != assertion or len(values) != 1:
            return NOT_JUDGED, _told(
                cell, number, "", "more was observed than the check asks for", "Could not be judged"
            )
        left, right, message = values[0], reference.saw[place][1][1], reference.saw[place][1][2]
        promise = cell.promises[assertion]
        if promise.operator == "==" and left == right:  # as it was sent; what the reference sends is plain
            continue
        if not holds(promise.operator, left, right):
            return FAILED, _told(cell, number, message, difference(promise, _shown(left), _shown(right)) + under)
    return None


def _followed(trace: Sequence[tuple[int, int]], picks: Sequence[int]) -> bool:
    """Whether each choice of a trace is the dictated one."""
    dictated = [*picks[: len(trace)], *[0] * (len(trace) - len(picks))]
    return all(size > 1 and pick == wanted % size for (pick, size), wanted in zip(trace, dictated, strict=True))


def _message(cell: GradedCell, reference: Episode, place: int) -> str:
    """The promise that the reference showed at this place."""
    return str(reference.saw[place][1][2]) if place < len(reference.saw) else cell.title


def _raised(
    cell: GradedCell, number: int, raised: dict[str, Any], promised: str, end_s: float, under: str
) -> tuple[str, Failure]:
    if raised["stub"] and _STUB.fullmatch(str(raised["stub"])):  # a student's text; a hidden check could be in it
        return NOT_ATTEMPTED, not_attempted(str(raised["stub"]))
    name = str(raised["text"]).partition("'")[2].partition("'")[0]
    if raised["type"] == "NameError" and not raised["where"] and name.isidentifier() and name in cell.for_student:
        return NOT_JUDGED, missing_name(name)
    where = f", raised in {raised['where']}" if raised["where"] else ""
    inside = f" (inside {raised['inside']})" if raised["inside"] else ""
    return FAILED, _told(cell, number, promised, f"at {end_s:g} s `{raised['text']}`{inside} was raised{where}{under}")


def _ended(cell: GradedCell, number: int, status: str) -> tuple[str, Failure]:
    """The process stopped before the check was through."""
    words = {
        "timeout": "it was still running when its time was used up: a loop without an `await`, or another kind of lock",
        "done": "the check did not run to its end",
    }
    happened = words.get(status, f"the process ended before the check was through ({status})")
    return FAILED, _told(cell, number, cell.title, happened)


def _told(
    cell: GradedCell, number: int, promised: str, happened: str, headline: str = "Not yet", problem: str = ""
) -> Failure:
    if cell.hidden:
        happened = "a hidden check saw that it is not so" if headline == "Not yet" else happened
    look = slips.look(happened) or look_for(cell.verified[number].look, promised, problem)
    return Failure(f"{headline}: {cell.title}.", promised, happened, look)


def _shown(tagged: list[Any]) -> object:
    """A tagged value for a message; an object that is not plain shows its type's name."""
    try:
        return decode(tagged)
    except NotPlainError:
        return _Opaque(str(tagged[1])[:60] if len(tagged) > 1 else "?")


@dataclass(frozen=True)
class _Opaque:
    name: str

    def __repr__(self) -> str:
        return f"<an object of type {self.name}>"
